from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.state.log import Actor
from flightrules.state.policy import Through
from flightrules.state.vocabulary import ActorKind
from flightrules.state.words import (
    CHANNEL_PROVES,
    command_line,
    counted,
    from_to,
    listed,
    moment,
    not_known,
    ranges,
    size,
    span,
    stated,
    who,
)

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (750, "12 min 30 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (3601, "1 h"),
        (90_000, "25 h"),
        (87_060, "24 h 11 min"),
        (180_000, "2 d 2 h"),
        (86_400, "24 h"),
        (-90, "minus 1 min 30 s"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words
    assert span(timedelta(seconds=seconds)) == words


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**9))
def test_words_never_overstate_a_duration(one: int, other: int) -> None:
    units = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}

    def told(seconds: int) -> int:
        parts = span(seconds).split()
        return sum(int(n) * units[u] for n, u in zip(parts[::2], parts[1::2], strict=True))

    assert told(one) <= one
    assert (told(one) <= told(other)) if one <= other else (told(one) >= told(other))


def test_a_moment_is_told_in_utc_wherever_it_was_read() -> None:
    there = NINE.astimezone(timezone(timedelta(hours=-7)))
    assert moment(there) == "2026-01-05 09:00:00 UTC"


def test_a_stretch_without_an_end_says_why() -> None:
    assert from_to(NINE, None, open_end="still down") == "2026-01-05 09:00:00 UTC to not known (still down)"
    assert from_to(NINE, NINE + timedelta(minutes=5), open_end="").endswith("09:05:00 UTC (5 min)")


def test_what_nobody_stated_is_not_known_and_blank_text_states_nothing() -> None:
    assert stated("  \n ", "#3") == not_known("nobody stated it")
    assert stated(" all users ", "#3").text == "all users"
    assert stated(" all users ", "#3").known


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (3 * 2**20, "3.0 MiB"), (20 * 2**30, "20.0 GiB")],
)
def test_sizes_are_told_in_a_unit_people_read(count: int, words: str) -> None:
    assert size(count) == words


def test_long_lists_say_how_many_more_there_are() -> None:
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert counted(1, "host") == "1 host"
    assert counted(2, "address", "addresses") == "2 addresses"


def test_an_actor_is_named_with_the_face_but_the_server_needs_none() -> None:
    assert who(Actor(kind=ActorKind.PERSON, name="anna", face="cli")) == "person anna via cli"
    assert who(Actor(kind=ActorKind.SYSTEM, name="flightrules", face="server")) == "system flightrules"


def test_every_approval_channel_says_what_it_proves() -> None:
    assert set(CHANNEL_PROVES) == set(get_args(Through))


def test_ids_in_a_row_are_drawn_together() -> None:
    assert ranges(["#2", "E1", "E2", "E3", "E7", "E8"]) == ("#2", "E1-E3", "E7", "E8")
    assert ranges([]) == ()
    assert ranges(["odd", "E1"]) == ("odd", "E1")


def test_a_command_line_hides_nothing() -> None:
    line = command_line(("git", "a b", "x\n$(reboot)", "\u202eevil", "it's"), [("GIT_SHA", "a1")])
    assert line == """GIT_SHA=a1 git 'a b' $'x\\x0a$(reboot)' $'\\xe2\\x80\\xaeevil' 'it'"'"'s'"""
    assert line.isascii()
    assert line.isprintable()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash to read the line back")
@pytest.mark.parametrize(
    "word", ["plain", "", "a b", "*", "$HOME", "it's", "new\nline", "\x1b[31m", "é\u202e", "\\", "'\n\\'", "`id`"]
)
def test_a_shell_reads_a_command_line_back_as_the_same_words(word: str) -> None:
    line = command_line(("printf", "%s|", word, "end"))
    run = subprocess.run(["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert run.stdout.decode() == f"{word}|end|"
