"""The log as a timeline: what happened, when, by whom, and which event and evidence say so.

Knows: the order of entries and where each comes from. Must not know: the time now, or anything that is not in the log.
Entries are ordered by the server's clock; a host's own clock is only ever told, never sorted by.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flightrules.state import events as e
from flightrules.state.log import Recorded
from flightrules.state.report.entry import TimelineEntry
from flightrules.state.report.loops import fold_loops
from flightrules.state.sentences import SAYS, Line, Walk
from flightrules.state.words import span, who

__all__ = ["TimelineEntry", "TimelineSoFar", "timeline"]


def timeline(records: Sequence[Recorded], events: Sequence[e.Event] = ()) -> tuple[TimelineEntry, ...]:
    """The timeline of one incident's log; `events` are the same records where they were read already."""
    so_far = TimelineSoFar()
    so_far.read(records, events)
    return so_far.entries()


class TimelineSoFar:
    """The timeline of a log as far as it was read; a reader can continue from here.

    What was recorded stays in the log's order, also where a clock went back; what happened earlier than it was
    recorded stands before the first record of a later time.
    """

    def __init__(self) -> None:
        self._walk = Walk()
        self._placed: list[tuple[datetime, TimelineEntry]] = []
        self._latest: datetime | None = None
        self._before: datetime | None = None

    def read(self, records: Sequence[Recorded], events: Sequence[e.Event] = ()) -> None:
        """Read the records that follow."""
        for record, event in zip(records, events or [e.event_in(record) for record in records], strict=True):
            latest = self._latest = max(record.at, self._latest or record.at)
            if self._before and self._before - record.at >= NOTED:
                went_back = Line(_went_back(self._before - record.at), actor="the clock")
                self._placed.append((latest, _entry(record, went_back)))
            self._before = record.at
            entries = _entries(self._walk, record, event)
            self._placed += ((min(latest, entry.at) if told else latest, entry) for entry, told in entries)

    def entries(self) -> tuple[TimelineEntry, ...]:
        """Return the entries in their order, with those of a loop drawn together."""
        return fold_loops(entry for _, entry in sorted(self._placed, key=lambda pair: pair[0]))


NOTED = timedelta(seconds=30)
"""A clock that goes back by less was only set right."""


def _went_back(by: timedelta) -> str:
    return f"The server's clock went back by {span(by)}: times before and after do not compare"


def _entries(walk: Walk, record: Recorded, event: e.Event) -> list[tuple[TimelineEntry, bool]]:
    """The entries of one record, each with whether its time is another one than the record's."""
    if isinstance(event, e.CallReceived):
        walk.tools[record.call] = event.tool
    if isinstance(event, e.CallRefused):
        return [(_entry(record, Line(f"Refused: {walk.tools.get(record.call, 'a call')} ({event.code})")), False)]
    says = SAYS.get(type(event))
    return [(_entry(record, line), line.at is not None) for line in says(walk, event)] if says else []


def _entry(record: Recorded, line: Line) -> TimelineEntry:
    return TimelineEntry(
        at=line.at or record.at,
        kind=record.kind,
        text=line.text,
        actor=line.actor or who(record.actor),
        source=f"#{record.version}",
        evidence=line.evidence,
    )
