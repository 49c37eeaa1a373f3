"""Base class of all events, and the reading of an event from its record.

Knows: records. Must not know: any single event.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeVar

from pydantic import JsonValue, ValidationError

from flightrules.errors import Defect
from flightrules.state.log import Actor, Draft, Recorded
from flightrules.state.value import IS_JSON, Value, keep

KINDS: dict[str, type[Event]] = {}


class Event(Value):
    """The base of all events; a subclass's `kind` is what the log calls it."""

    kind: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        KINDS[cls.kind] = cls

    @property
    def moves(self) -> str:
        """The event's name in the transition table."""
        return self.kind

    def draft(self, *, at: datetime, actor: Actor, call: str) -> Draft:
        """The event, ready for the log."""
        return Draft(kind=self.kind, at=at, actor=actor, call=call, content=self)

    def as_json(self) -> dict[str, JsonValue]:
        """The event as the log keeps it."""
        return self.model_dump(mode="json", by_alias=True)


E = TypeVar("E", bound=Event)


def event_of(kind: str, data: dict[str, JsonValue]) -> Event:
    """Read an event back from its record. Raises `Defect` for a kind this version does not know."""
    known = KINDS.get(kind)
    if known is None:
        raise Defect(f"the log holds an event of unknown kind {kind!r}; was it written by a newer version?")
    try:
        return known.model_validate(data, context=IS_JSON)
    except ValidationError as wrong:
        raise Defect(f"the log holds a {kind!r} that cannot be read; was it written by another version?") from wrong


def _read(record: Recorded) -> Event:
    return event_of(record.kind, record.data)


def event_in(record: Recorded) -> Event:
    """The event of a record: read once, and kept as long as the record is. Raises `Defect` as `event_of` does."""
    return keep(record, "event", _read)


def hold(record: Recorded, event: Event) -> None:
    """Let a record be known to hold an event that was read elsewhere from the same data."""
    keep(record, "event", lambda _record: event)


def event_as(kind: type[E], record: Recorded) -> E:
    """The event of a record whose kind is known to the caller. Raises `Defect` as `event_of` does, or for another."""
    event = event_in(record)
    if not isinstance(event, kind):
        raise Defect(f"#{record.version} is a {record.kind}, not a {kind.kind}")
    return event
