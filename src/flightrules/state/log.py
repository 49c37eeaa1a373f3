"""The log's own shape: what is drafted, what is recorded, and the chain that ties one record to the next.

Knows: envelopes and hashes. Must not know: where the log is kept, nor what its events mean (events).
The chain shows that a record was edited, removed or moved; that the end was cut off needs a witness outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Protocol

from pydantic import JsonValue
from pydantic_core import from_json, to_jsonable_python

from flightrules.state.canonical import digest
from flightrules.state.value import JsonObject, Value, built, keep
from flightrules.state.vocabulary import ActorKind

GENESIS = "0" * 64
"""Value that stands for the previous hash in the first record of a stream."""


class Actor(Value):
    """Identity of an actor, and the interface through which it acted."""

    kind: ActorKind
    name: str
    face: str = ""
    """`mcp`, `cli`, `console` or `server`."""


@lru_cache(maxsize=256)
def acting(kind: str, name: str, face: str) -> Actor:
    """An actor of these; the same few act in a whole log, and in call after call."""
    return Actor(kind=ActorKind(kind), name=name, face=face)


class EventContent(Protocol):
    """Content of a draft, for example an event."""

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
    content: EventContent

    @cached_property
    def data(self) -> dict[str, JsonValue]:
        """Return the recorded content as JSON.

        It is computed when it is first asked for, since a replay of what is on record never asks for it.
        """
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


def read_record(line: bytes) -> Recorded:
    """A record back from its JSON, its time in UTC. Raises `ValidationError` where it is none."""
    told = _parsed(line)
    return built(Recorded, told) if told else Recorded.model_validate_json(line)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z", re.ASCII)


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The fields of a record as this version writes one; of any other pydantic says what it is, or what is wrong."""
    try:
        told = from_json(line, cache_strings="keys")  # what they hold hardly repeats
        stream, kind, at, actor, call = told["stream"], told["kind"], told["at"], told["actor"], told["call"]
        version, data, previous, seal = told["version"], told["data"], told["previous"], told["hash"]
        texts = type(stream) is type(kind) is type(at) is type(call) is type(previous) is type(seal) is str
        shaped = type(version) is int and type(data) is dict and len(told) == _FIELDS and len(actor) == _ACTORS
        if not (texts and shaped and _MOMENT.fullmatch(at)):
            return None
        return {
            "stream": stream,
            "version": version,
            "kind": kind,
            "at": datetime.fromisoformat(at),
            "actor": acting(actor["kind"], actor["name"], actor["face"]),
            "call": call,
            "data": data,
            "previous": previous,
            "hash": seal,
        }
    except (ValueError, TypeError, LookupError):
        return None


_FIELDS, _ACTORS = len(Recorded.model_fields), len(Actor.model_fields)


class Break(Value):
    """Position at which a chain of records is broken."""

    stream: str
    version: int
    why: str


def record(draft: Draft, *, stream: str, version: int, previous: str) -> Recorded:
    """Give a draft its place in the chain."""
    fresh = placed(draft, stream=stream, version=version, previous=previous)
    fresh.__dict__["hash"] = digest(under_seal(fresh))  # nobody else has it yet
    return fresh


def under_seal(record: Recorded) -> dict[str, JsonValue]:
    """Return the part of a record that its hash covers, as JSON: everything but the hash itself.

    `model_dump` gives the same result but takes three times as long; each event of each call passes here.
    """
    return {
        "stream": record.stream,
        "version": record.version,
        "kind": record.kind,
        "at": to_jsonable_python(record.at),
        "actor": keep(record.actor, "json", _as_json),
        "call": record.call,
        "data": record.data,
        "previous": record.previous,
    }


def _as_json(actor: Actor) -> dict[str, JsonValue]:
    return actor.model_dump(mode="json")


def placed(draft: Draft, *, stream: str, version: int, previous: str = "") -> Recorded:
    """A draft as a record that nothing seals yet."""
    # All of it was checked as an event; a second look would take as long as the hash.
    fields = {
        "stream": stream,
        "version": version,
        "kind": draft.kind,
        "at": draft.at,
        "actor": draft.actor,
        "call": draft.call,
        "data": draft.data,
        "previous": previous,
        "hash": "",
    }
    return built(Recorded, fields)


def broken(records: Iterable[Recorded]) -> Break | None:
    """The first place at which one stream's chain does not hold, or None."""
    previous = GENESIS
    for version, item in enumerate(records, start=1):
        if item.version != version:
            return Break(stream=item.stream, version=version, why=f"event {version} is missing")
        if item.previous != previous:
            return Break(stream=item.stream, version=version, why="it does not follow the event before it")
        if digest(under_seal(item)) != item.hash:
            return Break(stream=item.stream, version=version, why="its content is not what was recorded")
        previous = item.hash
    return None
