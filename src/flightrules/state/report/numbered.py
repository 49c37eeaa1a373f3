"""Events with their numbers, so that whatever is said of an incident can name the event it stands on.

Knows: how to find events of a kind in a log. Must not know: what anything says about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from flightrules.state.events import Event, event_in
from flightrules.state.log import Recorded

E = TypeVar("E", bound=Event)


class Log(NamedTuple):
    """One incident's events in order, each with its number (`#12`)."""

    events: tuple[tuple[str, Event], ...]

    times: tuple[datetime, ...]
    """Time at which each event was recorded."""

    kinds: Mapping[type[Event], Sequence[tuple[str, Any]]]
    """The same events by kind."""

    def every(self, kind: type[E]) -> list[tuple[str, E]]:
        """All events of a kind."""
        return [*self.kinds.get(kind, ())]

    def any_of(self, *kinds: type[Event]) -> list[tuple[str, Any]]:
        """All events of any of these kinds, in their order."""
        return [one for one in self.events if type(one[1]) in kinds]

    def last(self, kind: type[E]) -> tuple[str, E] | None:
        """The newest event of a kind, where there is one."""
        return next(reversed(self.every(kind)), None)

    def when(self, number: str) -> datetime:
        """Return the time at which the event of that number was recorded."""
        return next(at for (known, _), at in zip(self.events, self.times, strict=True) if known == number)


def is_before(one: str, other: str) -> bool:
    """Return True if the event of one number was recorded before that of another."""
    return int(one[1:]) < int(other[1:])


def numbered(records: Sequence[Recorded]) -> Log:
    """Read a log's records as numbered events."""
    events = tuple((f"#{record.version}", event_in(record)) for record in records)
    kinds: dict[type[Event], list[tuple[str, Any]]] = {}
    for one in events:
        kinds.setdefault(type(one[1]), []).append(one)
    return Log(events, tuple(record.at for record in records), kinds)
