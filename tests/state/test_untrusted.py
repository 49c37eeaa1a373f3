from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.state.untrusted import clean, lines_of, one_line

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


@given(ANY_TEXT, st.integers(min_value=0, max_value=200))
def test_cleaned_text_never_takes_more_bytes_than_asked(text: str, limit: int) -> None:
    assert len(clean(text, limit).encode()) <= limit


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text, 10_000)
    assert clean(once, 10_000) == once


@given(ANY_TEXT)
def test_no_control_or_format_character_survives(text: str) -> None:
    left = {unicodedata.category(char) for char in clean(text, 10_000) if char not in "\n\t"}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_every_control_format_and_private_character_is_taken_out() -> None:
    categories = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    every = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) in categories]
    left = [hex(ord(char)) for char in every if char not in "\n\t" and char in clean(char, 100)]
    assert left == []


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("\n\t"), max_size=500))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text, 1_000) == text


@pytest.mark.parametrize(
    ("dirty", "wanted"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07shown", "shown"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("pay\u202eload", "payload"),
        ("zero\u200bwidth", "zerowidth"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("10%\r20%\r\n30%", "10%\n20%\n30%"),
        ("half\x1b[", "half"),
        ("\ud800lone half", "lone half"),
    ],
)
def test_escapes_and_invisible_characters_are_taken_out(dirty: str, wanted: str) -> None:
    assert clean(dirty, 1_000) == wanted


def test_what_was_cut_is_said() -> None:
    text = clean("x" * 1_000, 100)
    kept = text.count("x")
    assert text.endswith(f"[cut: {1_000 - kept} more bytes]")


def test_a_character_that_does_not_fit_whole_is_left_out() -> None:
    assert clean("é" * 5, 3) == "é"


def test_one_line_holds_no_line_break() -> None:
    assert one_line("a\n\n b\tc\u2028d", 100) == "a b c d"


def test_a_hostile_escape_costs_no_more_time_than_its_length() -> None:
    assert clean("\x1b]" * 200_000 + "\nend", 10) == "\nend"


def test_a_line_ends_with_a_newline_and_with_nothing_else() -> None:
    others = "".join(char for char in map(chr, range(sys.maxunicode + 1)) if len(f"a{char}b".splitlines()) > 1)
    within = f"one{others.replace(chr(10), '')}line"
    assert lines_of(f"{within}\nand another\n") == [within, "and another"]
    assert lines_of("no newline at its end") == ["no newline at its end"]
    assert lines_of("\n\nafter two empty ones") == ["", "", "after two empty ones"]
    assert lines_of("") == []
