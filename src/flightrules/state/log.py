"""The log's own shape: what is drafted, what is recorded, and the chain that ties one record to the next.

Knows: envelopes and hashes. Must not know: where the log is kept, nor what its events mean (events).
The chain shows that a record was edited, removed or moved; that the end was cut off needs a witness outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from pydantic import JsonValue

from flightrules.state.canonical import digest
from flightrules.state.value import JsonObject, Value
from flightrules.state.vocabulary import ActorKind

GENESIS = "0" * 64
"""What the first record of a stream follows."""


class Actor(Value):
    """Who did it, and through which face."""

    kind: ActorKind
    name: str
    face: str = ""
    """`mcp`, `cli`, `console` or `server`."""


class Content(Protocol):
    """What a draft says; an event is one."""

    def as_json(self) -> dict[str, JsonValue]:
        """The same as JSON."""
        ...


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An event that is not recorded yet."""

    kind: str
    at: datetime
    actor: Actor
    call: str = ""
    """The call this event belongs to; a face's idempotency key where it gave one."""
    content: Content

    @cached_property
    def data(self) -> dict[str, JsonValue]:
        """What is recorded: made when it is first asked for, since a replay of what is on record never asks."""
        return self.content.as_json()


class Recorded(Value):
    """An event as the log keeps it."""

    stream: str
    version: int
    """From 1 on, without a gap."""
    kind: str
    at: datetime
    actor: Actor
    call: str = ""
    data: JsonObject
    previous: str
    """Hash of the record before it in the stream."""
    hash: str


class Break(Value):
    """Where a chain does not hold."""

    stream: str
    version: int
    why: str


def record(draft: Draft, *, stream: str, version: int, previous: str) -> Recorded:
    """Give a draft its place in the chain."""
    unsealed = placed(draft, stream=stream, version=version, previous=previous)
    return unsealed.model_copy(update={"hash": digest(unsealed.model_dump(mode="json", exclude={"hash"}))})


def placed(draft: Draft, *, stream: str, version: int, previous: str = "") -> Recorded:
    """A draft as a record that nothing seals yet."""
    # All of it was checked as an event; a second look would take as long as the hash.
    return Recorded.model_construct(
        stream=stream,
        version=version,
        kind=draft.kind,
        at=draft.at,
        actor=draft.actor,
        call=draft.call,
        data=draft.data,
        previous=previous,
        hash="",
    )


def broken(records: Iterable[Recorded]) -> Break | None:
    """The first place at which one stream's chain does not hold, or None."""
    previous = GENESIS
    for version, item in enumerate(records, start=1):
        if item.version != version:
            return Break(stream=item.stream, version=version, why=f"event {version} is missing")
        if item.previous != previous:
            return Break(stream=item.stream, version=version, why="it does not follow the event before it")
        if digest(item.model_dump(mode="json", exclude={"hash"})) != item.hash:
            return Break(stream=item.stream, version=version, why="its content is not what was recorded")
        previous = item.hash
    return None
