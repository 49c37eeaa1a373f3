"""The log as a timeline: what happened, when, by whom, and which event and evidence say so.

Knows: the order of entries and where each comes from. Must not know: the time now, or anything that is not in the log.
Entries are ordered by the server's clock; a host's own clock is only ever told, never sorted by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flightrules.state import events as e
from flightrules.state.log import Recorded
from flightrules.state.sentences import SAYS, Line, Walk
from flightrules.state.words import who


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that happened."""

    at: datetime
    kind: str
    """The kind of the event behind it."""
    text: str
    actor: str
    source: str
    """The event's number in the log: `#12`."""
    evidence: tuple[str, ...] = ()


def timeline(records: Sequence[Recorded], events: Sequence[e.Event] = ()) -> tuple[TimelineEntry, ...]:
    """The timeline of one incident's log; `events` are the same records where they were read already."""
    walk, read = Walk(), events or [e.event_in(record) for record in records]
    entries = [entry for pair in zip(records, read, strict=True) for entry in _entries(walk, *pair)]
    return tuple(sorted(_grouped(entries), key=lambda entry: entry.at))


def _entries(walk: Walk, record: Recorded, event: e.Event) -> list[TimelineEntry]:
    if isinstance(event, e.CallReceived):
        walk.tools[record.call] = event.tool
    if isinstance(event, e.CallRefused):
        return [_entry(record, Line(f"Refused: {walk.tools.get(record.call, 'a call')} ({event.code})"))]
    says = SAYS.get(type(event))
    return [_entry(record, line) for line in says(walk, event)] if says else []


def _entry(record: Recorded, line: Line) -> TimelineEntry:
    return TimelineEntry(
        at=line.at or record.at,
        kind=record.kind,
        text=line.text,
        actor=line.actor or who(record.actor),
        source=f"#{record.version}",
        evidence=line.evidence,
    )


def _grouped(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """One entry for the same refusal several times in a row, so that an agent in a loop does not fill the page."""
    groups: list[list[TimelineEntry]] = []
    for entry in entries:
        first = groups[-1][0] if groups else None
        same = first and (first.kind, first.text, first.actor) == (entry.kind, entry.text, entry.actor)
        if same and entry.kind == e.CallRefused.kind:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return [group[0] if len(group) == 1 else _repeated(group) for group in groups]


def _repeated(group: Sequence[TimelineEntry]) -> TimelineEntry:
    first, last = group[0], group[-1]
    return replace(first, text=f"{first.text}, {len(group)} times until event {last.source[1:]}")
