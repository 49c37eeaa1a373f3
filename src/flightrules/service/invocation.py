"""Values that carry a call: the call, its invocation under one id, and the append that records it.

Knows: how events collect into one append. Must not know: the store, nor what any event means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from flightrules.errors import Defect
from flightrules.ports import Checkout, EvidenceSource, Files, Production, Signers
from flightrules.state import events as e
from flightrules.state.fold import step
from flightrules.state.incident import Incident
from flightrules.state.log import Actor, Draft
from flightrules.state.policy import Policy
from flightrules.state.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as a face passes it on."""

    tool: str
    arguments: Mapping[str, JsonValue]
    actor: Actor
    incident: str = ""
    key: str = ""
    """The face's idempotency key; the same key gives the first answer again."""
    account: str = ""
    """The account or the authenticated caller behind it, as far as the machine itself vouches for that."""

    def received(self, *, read: int | None = None) -> e.CallReceived:
        """The event that says the call arrived."""
        given = dict(self.arguments)
        return e.CallReceived(tool=self.tool, arguments=given, account=self.account, key=self.key, read=read)


@dataclass(slots=True, kw_only=True)
class Invocation:
    """A call on its way: one id for all that it does, what it knows, and whether the log knows of it yet."""

    call: Call
    identity: str
    recorded: bool = False
    known: Incident | None = None
    """The incident as the call read it last, or wrote it."""
    reads: list[tuple[str, int]] = field(default_factory=list)
    """Streams read since the last write, in order, with their versions then; the incident's own stream is empty."""
    beside: dict[str, int] = field(default_factory=dict)
    """The versions of other streams that are on record for it."""
    continues: int | None = None
    """For a call that a client brings an answer to: how many events the log had of it when it was taken up again."""

    def rests_on(self, incident: Incident) -> None:
        """Take an incident as what this call knows; the version goes on record with what it writes next."""
        self.known = incident
        if self.identity:
            self.reads.append(("", incident.version))

    @property
    def incident(self) -> Incident:
        """The incident as the call knows it; only once it read or wrote one."""
        if self.known is None:
            raise Defect("a call that has read no incident")
        return self.known


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedTarget:
    """A target with everything needed to work on it."""

    target: Target
    policy: Policy
    production: Production
    documents: Files
    signers: Signers | None = None
    """Signers whose signatures count; None if nobody's do."""
    sources: tuple[EvidenceSource, ...] = ()
    """Sources of evidence beside production's own hosts and outside: servers of metrics."""
    checkout: Checkout | None = None
    """Checkout in which fixes are made; None if no checkout is configured."""


Presenter = Callable[[Incident, Sequence[e.Event]], tuple[str, Any]]
"""Turns the incident afterwards and the new events into (sentence, result)."""

OtherStreams = Callable[[Incident, Sequence[e.Event]], list[tuple[str, e.Event]]]
"""Events that belong into other streams (a target's), in the same transaction."""


def no_other_streams(_incident: Incident, _events: Sequence[e.Event]) -> list[tuple[str, e.Event]]:
    """Most commands concern their own incident only."""
    return []


@dataclass(slots=True, kw_only=True)
class PendingAppend:
    """Events of one moment, not yet recorded, and the incident as it will be."""

    before: Incident
    after: Incident
    now: datetime
    invocation: Invocation
    by: Actor | None = None
    """Actor of this turn, if it is not the caller: a person who answers through a client."""
    drafts: list[Draft] = field(default_factory=list)
    news: list[e.Event] = field(default_factory=list)
    other_streams: list[tuple[str, e.Event]] = field(default_factory=list)
    expected: Mapping[str, int] = field(default_factory=dict)
    """Other streams that the decision rests on, and the version each must still have."""

    def begin(self) -> None:
        """Record the call first, if it is not on record, and what it read of the log before others wrote."""
        invocation, version = self.invocation, self.before.version
        if not invocation.identity:
            return  # the server's own doing, which nobody called
        reads = invocation.reads
        if not invocation.recorded:
            self.add(invocation.call.received(read=reads[0][1] if reads else version), by=invocation.call.actor)
            reads = reads[1:]
        expected = {"": version, **{stream: invocation.beside.get(stream, 0) for stream, _ in reads if stream}}
        again = invocation.continues is not None
        if again or any(read != expected[stream] for stream, read in reads):
            self.add(e.LogRead(versions=tuple(read for _, read in reads), again=again), by=invocation.call.actor)

    def add(self, event: e.Event, *, by: Actor | None = None) -> None:
        """Take one more event into the turn."""
        self.drafts.append(self.draft(event, by=by))
        version = self.before.version + len(self.drafts)
        after = step(self.after, event, at=self.now, version=version)
        if after is None:
            raise Defect("a turn without an incident")
        self.after = after

    def draft(self, event: e.Event, *, by: Actor | None = None) -> Draft:
        """The event as this turn records it."""
        actor = by or self.by or self.invocation.call.actor
        return event.draft(at=self.now, actor=actor, call=self.invocation.identity)
