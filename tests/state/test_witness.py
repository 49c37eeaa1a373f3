from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.state.archive.witness import head_of, missing, read_lines
from flightrules.state.log import GENESIS, Draft, Recorded, record
from tests.state.core import AGENT, NOON, Plain


def stream(*kinds: str) -> list[Recorded]:
    records: list[Recorded] = []
    for version, kind in enumerate(kinds, start=1):
        draft = Draft(kind=kind, at=NOON, actor=AGENT, content=Plain({}))
        previous = records[-1].hash if records else GENESIS
        records.append(record(draft, stream="INC-1", version=version, previous=previous))
    return records


def test_a_head_comes_back_from_its_line() -> None:
    heads = [head_of(item) for item in stream("a", "b")]
    assert read_lines("".join(head.line for head in heads)) == (heads, [])


def test_a_line_that_is_none_is_named_and_the_others_are_read() -> None:
    (head,) = [head_of(item) for item in stream("a")]
    torn = head.line[:30]
    assert read_lines(f"{head.line}{torn}\n\n[]\n{head.line}") == ([head, head], [2, 4])


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    read_lines(text)


@pytest.mark.requirement("LOG-witness")
def test_what_was_witnessed_and_is_there_is_not_missing() -> None:
    records = stream(*"abcde")
    assert missing(records, [head_of(item) for item in records]) is None
    assert missing(records, []) is None


@pytest.mark.requirement("LOG-witness")
def test_an_end_that_was_cut_off_is_named_by_its_first_event() -> None:
    records = stream(*"abcde")
    lost = missing(records[:3], [head_of(records[1]), head_of(records[4])])
    assert lost is not None
    assert lost.version == 4
    assert "event 5 was witnessed at 2026-01-05 12:00:00 UTC" in lost.why


@pytest.mark.requirement("LOG-witness")
def test_an_end_that_was_written_anew_is_named() -> None:
    heads = [head_of(item) for item in stream(*"abcde")]
    lost = missing(stream(*"abXde"), heads)
    assert lost is not None
    assert lost.version == 3
    assert "not the event that was witnessed" in lost.why
