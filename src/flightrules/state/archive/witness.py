"""Heads of the log as somebody outside the database keeps them, and whether the log still has what they saw.

Knows: a line a head, and how a stream is held against it. Must not know: where a witness keeps its lines.
A chain alone cannot tell that its end was cut off: what is left of it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationError

from flightrules.state.log import Break, Recorded
from flightrules.state.untrusted import lines_of
from flightrules.state.value import Value


class Witnessed(Value):
    """One head: the newest event of a stream at some moment."""

    stream: str
    version: Annotated[int, Field(ge=1)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at: datetime
    """Time at which the event was recorded."""

    @property
    def line(self) -> str:
        """The head as one line of JSON, with its end."""
        return self.model_dump_json() + "\n"


def head_of(record: Recorded) -> Witnessed:
    """Return the head of a stream at an event, as it is sent to a witness."""
    return Witnessed(stream=record.stream, version=record.version, hash=record.hash, at=record.at)


def read_lines(text: str) -> tuple[list[Witnessed], list[int]]:
    """The heads in a witness's lines, and the numbers of lines that are none."""
    heads: list[Witnessed] = []
    unread: list[int] = []
    for number, line in enumerate(lines_of(text), start=1):
        try:
            heads += [Witnessed.model_validate_json(line)] if line.strip() else []
        except ValidationError:
            unread.append(number)
    return heads, unread


def missing(records: Sequence[Recorded], heads: Iterable[Witnessed]) -> Break | None:
    """The first event of one stream that a witness saw and the log has no more, or None.

    `records` is the stream from its first event on, with a chain that holds.
    """
    for head in sorted(heads, key=lambda one: one.version):
        if head.version > len(records):
            gone = f"the log ends before it, and event {head.version} was witnessed at {_time(head)}"
            return Break(stream=head.stream, version=len(records) + 1, why=gone)
        if records[head.version - 1].hash != head.hash:
            other = f"it is not the event that was witnessed at {_time(head)}"
            return Break(stream=head.stream, version=head.version, why=other)
    return None


def _time(head: Witnessed) -> str:
    return f"{head.at:%Y-%m-%d %H:%M:%S} UTC"
