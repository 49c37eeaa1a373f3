"""The log's own shape: what is drafted, what is recorded, and the chain that ties one record to the next.

Knows: envelopes and hashes. Must not know: where the log is kept, nor what its events mean (events).
The chain shows that a record was edited, removed or moved; that the end was cut off needs a witness outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

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


class Draft(Value):
    """An event that is not recorded yet."""

    kind: str
    at: datetime
    actor: Actor
    call: str = ""
    """The call this event belongs to; a face's idempotency key where it gave one."""
    data: JsonObject


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
    body = draft.model_dump(mode="json")
    sealed = digest({"stream": stream, "version": version, "previous": previous, **body})
    # All of it was checked as a draft; a second look would take as long as the hash.
    return Recorded.model_construct(stream=stream, version=version, previous=previous, hash=sealed, **dict(draft))


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
