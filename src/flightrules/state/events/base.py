"""What every event is, and how one is read back from its record.

Knows: records. Must not know: any single event.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeVar

from pydantic import JsonValue, ValidationError

from flightrules.errors import Defect
from flightrules.state.log import Actor, Draft, Recorded
from flightrules.state.value import Value

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
        # Not checked to be JSON a second time: it was dumped as JSON just now.
        data = self.model_dump(mode="json", by_alias=True)
        return Draft.model_construct(kind=self.kind, at=at, actor=actor, call=call, data=data)


E = TypeVar("E", bound=Event)


def event_of(kind: str, data: dict[str, JsonValue]) -> Event:
    """Read an event back from its record. Raises `Defect` for a kind this version does not know."""
    known = KINDS.get(kind)
    if known is None:
        raise Defect(f"the log holds an event of unknown kind {kind!r}; was it written by a newer version?")
    try:
        return known.model_validate(data)
    except ValidationError as wrong:
        raise Defect(f"the log holds a {kind!r} that cannot be read; was it written by another version?") from wrong


_READ = "_event"
"""Beside a record's fields: the data that was read and the event in it. No field, so neither compared nor written."""


def event_in(record: Recorded) -> Event:
    """The event of a record: read once, and kept as long as the record is. Raises `Defect` as `event_of` does."""
    known: tuple[object, Event] | None = record.__dict__.get(_READ)
    if known is None or known[0] is not record.data:  # a copy with other data holds another event
        known = record.__dict__[_READ] = (record.data, event_of(record.kind, record.data))
    return known[1]


def event_as(kind: type[E], record: Recorded) -> E:
    """The event of a record whose kind is known to the caller. Raises `Defect` as `event_of` does, or for another."""
    event = event_in(record)
    if not isinstance(event, kind):
        raise Defect(f"#{record.version} is a {record.kind}, not a {kind.kind}")
    return event
