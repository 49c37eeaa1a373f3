"""Load, decide, append: the path of every call, and the only writer of the log.

Knows: how a command becomes recorded events, that a lost race is decided anew, and that one key has one answer.
Must not know: what any command means, nor how the world is reached.
Nothing is told to a caller that is not in the log first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import JsonValue

from flightrules.errors import Conflict, FlightrulesError, Refused, Unavailable
from flightrules.ports import Clock, ErrorKinds, EventStore, Files, Ids, Sender, Write
from flightrules.service.answers import Answer, Problem, status_fields
from flightrules.service.invocation import (
    Call,
    Invocation,
    ManagedTarget,
    OtherStreams,
    PendingAppend,
    Presenter,
    no_other_streams,
)
from flightrules.service.log_reading import LogSoFar
from flightrules.service.looks import Looks
from flightrules.service.messages.pauses import Pauses
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.decide import breaches, decide, due
from flightrules.state.finding_again import new_words
from flightrules.state.fold import fold
from flightrules.state.incident import Incident
from flightrules.state.log import Actor, Draft, Recorded
from flightrules.state.rules.context import RuleContext
from flightrules.state.rules.settings import settings_read
from flightrules.state.status import status_of
from flightrules.state.untrusted import one_line
from flightrules.state.vocabulary import ActorKind, Audience, Phase
from flightrules.state.voice import may_be_spoken_for, speaker, speaks
from flightrules.state.words import listed

SERVER_STREAM = "server"
"""Name of the stream for calls that belong to no incident; each incident is registered there too."""

PUBLIC = f"{Audience.EXTERNAL}/"
"""Prefix of the name of a place that the public reads."""

TRIES = 8
"""Number of times that a lost race is decided anew before the caller is told to try again."""

KEY_REUSED = "key_reused"

LONGEST_NAME = 80
"""Number of characters that are repeated of a name that a caller made up."""

Given = TypeVar("Given")

TOLD = Answer[Any]
"""Any answer; made once, since each indexing of a generic model looks its parameters up again."""


@dataclass(slots=True, kw_only=True)
class IncidentService:
    """Loads incidents, decides commands and appends what follows. Every call goes through it."""

    store: EventStore
    clock: Clock
    ids: Ids
    managed_targets: Mapping[str, ManagedTarget]
    outbox: Files
    kinds: ErrorKinds
    senders: Mapping[str, Sender] = field(default_factory=dict)
    """Destinations by audience and name: `internal/1`, `planner/folder`."""
    page: str = ""
    """The address at which people approve, with `{incident}` for its id; empty where there is none."""
    looks: Looks = field(default_factory=Looks)
    """Looks that go on record."""
    pauses: Pauses = field(default_factory=Pauses)
    """Pauses that receivers of messages asked for."""
    _known: dict[str, Incident] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _logs: dict[str, LogSoFar] = field(default_factory=dict)
    """Logs of incidents that are not closed, as far as they were read for answers."""

    def managed(self, name: str) -> ManagedTarget:
        """The site of a target. Raises `Refused` when the configuration has none of that name."""
        if name not in self.managed_targets:
            known = ", ".join(sorted(self.managed_targets)) or "none"
            said = f"There is no target {one_line(name, LONGEST_NAME)!r}."
            raise Refused("unknown_target", said, f"Configured targets: {known}.")
        return self.managed_targets[name]

    async def incident(self, incident_id: str, *, fresh: bool = True) -> Incident:
        """The incident as the log has it now. Raises `Refused` for an unknown one."""
        known = self._known.get(incident_id)
        if known is not None and not fresh:
            return known
        records = await self.store.load(incident_id, after=known.version if known else 0)
        incident = fold(records, known)
        if incident is None:
            raise await self._unknown(incident_id)
        self.believe(incident)
        return incident

    async def read(self, invocation: Invocation) -> Incident:
        """The incident as the log has it now, for this call to rest on: which version that is goes on record."""
        incident = await self.incident(invocation.call.incident)
        invocation.rests_on(incident)
        return incident

    async def decided_on(self, invocation: Invocation) -> Incident:
        """The incident on which a command of a call is decided."""
        invocation.known = await self.incident(invocation.call.incident, fresh=False)
        return invocation.known

    async def read_beside(self, invocation: Invocation, stream: str) -> list[Recorded]:
        """Another stream, for this call to rest on: which version that is goes on record."""
        records = await self.records(stream)
        invocation.reads.append((stream, records[-1].version if records else 0))
        return records

    async def log_of(self, incident: Incident) -> list[Recorded]:
        """The log up to where this incident was read from it."""
        return (await self.store.load(incident.id))[: incident.version]

    async def read_on(self, incident: Incident) -> LogSoFar:
        """The same log, read on from where an earlier call read to."""
        known = self._logs.setdefault(incident.id, LogSoFar())
        known.read(await self.store.load(incident.id, after=known.version), incident.version)
        if known.version != incident.version:  # another call, which began later, read further
            known = LogSoFar()
            known.read(await self.log_of(incident), incident.version)
        if incident.phase is Phase.CLOSED:
            self._logs.pop(incident.id, None)
        return known

    async def keeps(self, call: Call, what: str) -> bool:
        """Return True if a call that changes nothing goes on record.

        What was counted before is recorded on the way.
        """
        await self.count_looks()
        return self.looks.keep(call, what, self.clock.now())

    async def count_looks(self) -> None:
        """Record how many looks were counted instead of kept."""
        counted = self.looks.counted(self.clock.now())
        if counted:
            by = Actor(kind=ActorKind.SYSTEM, name="server", face="server")
            drafts = [one.draft(at=self.clock.now(), actor=by, call="") for one in counted]
            await self.store.append(Write(SERVER_STREAM, None, drafts))

    async def speaker(self, incident: Incident) -> str:
        """The incident that speaks to the public for this one too."""
        return speaker(incident, await self.open_on(incident.target)) if may_be_spoken_for(incident) else ""

    def is_due(self, incident: Incident, actor: Actor) -> bool:
        """Return True if time alone has something to record of an incident: a look would record it."""
        context = self.context(incident, actor, self.clock.now())
        return bool(breaches(incident, context)) or self.settings(incident.target).digest != incident.settings

    async def known(self, incident_id: str) -> Incident:
        """The same, without reading anew the log of one that is known to be closed: nothing reopens it."""
        incident = await self.incident(incident_id, fresh=False)
        return incident if incident.phase is Phase.CLOSED else await self.incident(incident_id)

    async def open_on(self, target: str) -> list[Incident]:
        """The incidents of a target that are not closed, oldest first; a log that cannot be read is left out."""
        found: list[Incident] = []
        for name in await self.store.streams("INC-"):
            with suppress(FlightrulesError):
                found.append(await self.known(name))
        return [one for one in found if one.target == target and one.phase is not Phase.CLOSED]

    async def open_beside(self, target: str) -> tuple[str, ...]:
        """The ids of those incidents, for one that is opened now."""
        return tuple(one.id for one in await self.open_on(target))

    def believed(self, incident_id: str) -> Incident | None:
        """The incident as this service last read it; the log may be newer."""
        return self._known.get(incident_id)

    def forget(self, incident_id: str) -> None:
        """Read an incident whole the next time: another process wrote to it."""
        self._known.pop(incident_id, None)

    def believe(self, incident: Incident) -> None:
        """Go on from that incident. In a what-if it is not what the log has."""
        self._known[incident.id] = incident

    async def _unknown(self, incident_id: str) -> Refused:
        names = await self.store.streams("INC-")
        still = [
            one.id for target in self.managed_targets for one in await self.open_on(target) if one.id != incident_id
        ]
        known = f"Known incidents: {', '.join(reversed(names[-5:]))}." if names else ""
        hint = f"Open incidents: {listed(still)}." if still else f"No incident is open. {known}".strip()
        return Refused("unknown_incident", f"There is no incident {incident_id!r}.", f"{hint} Or call `open_incident`.")

    def settings(self, target: str) -> e.SettingsRead:
        """The settings of a target, as a log is told them."""
        managed = self.managed(target)
        return settings_read(managed.target, managed.policy, tuple(self.senders), self.page)

    def page_of(self, incident_id: str) -> str:
        """The page at which people approve the plan of an incident; empty where there is none."""
        return self.page.replace("{incident}", incident_id)

    def context(self, incident: Incident, actor: Actor, now: datetime) -> RuleContext:
        """The circumstances of a command on an incident."""
        managed = self.managed(incident.target)
        public = any(to.startswith(PUBLIC) for to in self.senders)
        return RuleContext(target=managed.target, policy=managed.policy, now=now, actor=actor, public=public)

    def invocation(self, call: Call | Invocation) -> Invocation:
        """A call on its way; without a key of the face's it gets an id of its own."""
        return (
            call if isinstance(call, Invocation) else Invocation(call=call, identity=call.key or self.ids.new("CALL"))
        )

    async def continued(self, call: Call, identity: str) -> Invocation:
        """The call of that id, which a client goes on with after a question; a new one if that id is not such a call.

        It is one if the log has it as a call of the same caller, and as one that was not answered.
        """
        records = await self.store.find_call(call.incident, identity)
        if not is_open(records, call):
            return self.invocation(call)
        return Invocation(call=call, identity=identity, recorded=True, continues=len(records))

    async def earlier_answer(self, call: Call) -> Answer[Any] | None:
        """The first answer to the same key, where the face gave one and that call did something.

        A refused or failed call did nothing, so its key is free. The key of another call is refused, also while that
        one is under way.
        """
        try:
            return await self._earlier(call)
        except Refused as no:
            return await self.refuse(call, no)

    async def _earlier(self, call: Call) -> Answer[Any] | None:
        if not call.key:
            return None
        received: e.CallReceived | None = None
        answer: Answer[Any] | None = None
        for record in await self.store.find_call(call.incident or SERVER_STREAM, call.key):
            if record.kind == e.CallReceived.kind:
                received = e.CallReceived.model_validate(record.data)
            elif record.kind == e.CallAnswered.kind:
                answer = TOLD.model_validate(record.data["answer"])
                break
            elif record.kind in (e.CallRefused.kind, e.CallFailed.kind):
                received = None
        if received is None or (received.tool, received.arguments) == (call.tool, dict(call.arguments)):
            return answer
        reason = f"The key {call.key!r} belongs to an earlier `{received.tool}` with other arguments."
        if received.tool == "open_incident" and answer is not None and answer.incident:
            remedy = f"It opened {answer.incident}: go on there. If it is closed, open another with a key of its own."
            raise Refused(KEY_REUSED, reason, remedy)
        raise Refused(KEY_REUSED, reason, "Call again with a key of its own, or with none.")

    async def take(self, call: Call | Invocation, command: c.Command, present: Presenter) -> Answer[Any]:
        """Judge a command and record call, events and answer in one append."""
        return await self.finish(self.invocation(call), command, present)

    async def apply(  # noqa: PLR0913 - a command, and what its events go with
        self,
        invocation: Invocation,
        command: c.Command,
        other_streams: OtherStreams = no_other_streams,
        *,
        by: Actor | None = None,
        expected: Mapping[str, int] | None = None,
        quiet: bool = False,
    ) -> tuple[Incident, list[e.Event]]:
        """Record a command's events without an answer; before an effect, so that the intent is on record first.

        With `by` somebody else acts in this call: a person who answers through a client. With `expected` the decision
        rests on other streams, at these versions. With `quiet` nothing is recorded if nothing comes of it.
        Raises `Refused`; nothing is recorded then (`refuse` does that).
        """

        async def once() -> tuple[Incident, list[e.Event]]:
            incident = await self.decided_on(invocation)
            if not invocation.recorded:
                await self._earlier(invocation.call)  # the key of another call is refused before anything is done
            pending = await self._judged(invocation, command, incident, by)
            pending.other_streams, pending.expected = other_streams(pending.after, pending.news), expected or {}
            if pending.drafts and (pending.news or not quiet):
                await self._write(pending)
            invocation.known = pending.after
            return pending.after, pending.news

        return await self._retried(invocation, once)

    async def finish(
        self,
        invocation: Invocation,
        command: c.Command,
        present: Presenter,
        other_streams: OtherStreams = no_other_streams,
    ) -> Answer[Any]:
        """Judge a command and record its events together with the answer to the call."""

        async def once() -> Answer[Any]:
            # In this order: a twin with the same key that is answered after the look moves the version, a lost race.
            incident = await self.decided_on(invocation)
            if earlier := await self._earlier(invocation.call):
                return earlier
            pending = await self._judged(invocation, command, incident)
            pending.other_streams = other_streams(pending.after, pending.news)
            says, result = present(pending.after, pending.news)
            answer = self.answer(pending.after, pending.now, says=says, result=result)
            pending.add(answered(answer))
            await self._write(pending)
            return answer

        try:
            return await self._retried(invocation, once)
        except Refused as no:
            return await self.refuse(invocation, no)

    async def _retried(self, invocation: Invocation, once: Callable[[], Awaitable[Given]]) -> Given:
        """Decide anew after a lost race; a refusal on stale knowledge is one too."""
        incident_id = invocation.call.incident
        async with self.lock(incident_id):
            for _ in range(TRIES):
                try:
                    return await once()
                except Conflict as lost:
                    if lost.stream != incident_id:
                        raise  # what the decision rests on beside the incident is its caller's to read again
                    self.forget(incident_id)
                except Refused:
                    if not await self._stale(incident_id):
                        if invocation.known is not None:
                            invocation.rests_on(invocation.known)  # others may write before the refusal is on record
                        raise
        raise Unavailable("the log", "other processes keep writing to this incident", "Call again in a moment.")

    def lock(self, incident_id: str) -> AbstractAsyncContextManager[object]:
        """Held while a call of this process is decided, so that only other processes can be faster."""
        return self._locks.setdefault(incident_id, asyncio.Lock())

    async def _stale(self, incident_id: str) -> bool:
        known = self._known.get(incident_id)
        return known is not None and (await self.incident(incident_id)).version != known.version

    async def _judged(
        self, invocation: Invocation, command: c.Command, incident: Incident, by: Actor | None = None
    ) -> PendingAppend:
        """The turn; what would tell the public is judged again where another incident of the target speaks."""
        known = await self.speaker(incident) if incident.voice else None
        pending = await self._turn(invocation, command, incident, known, by)
        if known is None and any(map(speaks, pending.news)) and (other := await self.speaker(incident)):
            return await self._turn(invocation, command, incident, other, by)
        return pending

    async def _turn(
        self, invocation: Invocation, command: c.Command, incident: Incident, known: str | None, by: Actor | None
    ) -> PendingAppend:
        pending = PendingAppend(before=incident, after=incident, now=self.clock.now(), invocation=invocation, by=by)
        context = replace(self.context(incident, by or invocation.call.actor, pending.now), speaker=known)
        events = decide(incident, command, context)
        await self._begun(pending)
        for event in events:
            pending.add(event)
        pending.news = events
        return pending

    async def _begun(self, pending: PendingAppend) -> None:
        """Begin a turn with the call, and the settings if they changed."""
        invocation, incident = pending.invocation, pending.before
        if invocation.continues is not None:
            await self._still_its_own(invocation)
        pending.begin()
        if self.settings(incident.target).digest != incident.settings:
            pending.add(self.settings(incident.target))

    async def _still_its_own(self, invocation: Invocation) -> None:
        """Give the call an id of its own if another answer to its question was faster."""
        if len(await self.store.find_call(invocation.call.incident, invocation.identity)) != invocation.continues:
            invocation.identity, invocation.recorded = self.ids.new("CALL"), False
            invocation.continues = None

    async def _write(self, pending: PendingAppend) -> None:
        words, invocation = new_words(pending.before, pending.after), pending.invocation
        writes = [Write(pending.before.id, pending.before.version, pending.drafts, words=words)]
        others: dict[str, list[Draft]] = {}
        for stream, event in pending.other_streams:
            others.setdefault(stream, []).append(pending.draft(event))
        writes += [Write(stream, pending.expected.get(stream), drafts) for stream, drafts in others.items()]
        await self.store.append(*writes)
        self.believe(pending.after)
        invocation.recorded, invocation.continues, invocation.known = True, None, pending.after
        invocation.beside.update((stream, version) for stream, version in invocation.reads if stream)
        invocation.reads.clear()

    async def refuse(self, invocation: Invocation | Call, no: Refused) -> Answer[Any]:
        """Record a refusal, and say what is legal now; under an id of its own where the key is another call's."""
        if no.code == KEY_REUSED:
            invocation = Invocation(call=self.invocation(invocation).call, identity=self.ids.new("CALL"))
        problem = Problem(kind="refused", code=no.code, reason=no.reason, remedy=no.remedy)
        return await self._problem(invocation, problem, lambda answer: e.CallRefused(code=no.code, answer=answer))

    async def fail(self, invocation: Invocation | Call, failed: Unavailable) -> Answer[Any]:
        """Record that the world failed a call, and say what would mend it."""
        reason = f"{failed.what}: {failed.why}"
        problem = Problem(kind="unavailable", code="unavailable", reason=reason, remedy=failed.remedy)
        return await self._problem(invocation, problem, lambda answer: e.CallFailed(what=failed.what, answer=answer))

    async def _problem(
        self, invocation: Invocation | Call, problem: Problem, event: Callable[[dict[str, JsonValue]], e.Event]
    ) -> Answer[Any]:
        carried = self.invocation(invocation)
        said = f"{problem.reason} {problem.remedy}".strip()

        async def once() -> Answer[Any]:
            incident = await self._known_or_none(carried.call.incident)
            if incident is None or incident.target not in self.managed_targets:
                answer = TOLD(ok=False, says=said, problem=problem, incident=incident.id if incident else "")
                await self.note(carried, event(answer.plain()))
                return answer
            pending = PendingAppend(before=incident, after=incident, now=self.clock.now(), invocation=carried)
            await self._begun(pending)
            context = self.context(incident, carried.call.actor, pending.now)
            come = due(incident, context)
            if any(map(speaks, come)) or incident.voice:
                come = due(incident, replace(context, speaker=await self.speaker(incident)))
            for one in come:
                pending.add(one)
            answer = self.answer(pending.after, pending.now, says=said, problem=problem)
            pending.add(event(answer.plain()))
            await self._write(pending)
            return answer

        return await self._retried(carried, once)

    async def _known_or_none(self, incident_id: str) -> Incident | None:
        try:
            return await self.incident(incident_id, fresh=False) if incident_id else None
        except Refused:
            return None

    async def note(self, invocation: Invocation, event: e.Event) -> None:
        """Record a call that belongs to no incident, and what came of it."""
        now = self.clock.now()
        both = (invocation.call.received(), event)
        drafts = [item.draft(at=now, actor=invocation.call.actor, call=invocation.identity) for item in both]
        await self.store.append(Write(SERVER_STREAM, None, drafts))

    def answer(
        self,
        incident: Incident,
        now: datetime,
        *,
        says: str,
        result: object = None,
        problem: Problem | None = None,
    ) -> Answer[Any]:
        """An answer with everything that each answer carries."""
        where = status_fields(status_of(incident, self.managed(incident.target).policy, now))
        return TOLD(ok=problem is None, says=says, result=result, problem=problem, **where)

    async def records(self, stream: str) -> list[Recorded]:
        """The whole log of one stream."""
        return await self.store.load(stream)


def is_open(records: Sequence[Recorded], call: Call) -> bool:
    """Return True if a call of this caller is on record and got no answer."""
    received = next((record for record in records if record.kind == e.CallReceived.kind), None)
    if received is None or any(record.kind in ENDS for record in records):
        return False
    same = (received.actor, received.data["tool"], received.data.get("account", ""))
    return same == (call.actor, call.tool, call.account)


ENDS = frozenset({e.CallAnswered.kind, e.CallRefused.kind, e.CallFailed.kind})
"""The last event of every call that gets to its end."""


def answered(answer: Answer[Any]) -> e.CallAnswered:
    """The event of an answer."""
    # What `plain` gives is JSON: it was written as such just now, and is not looked through again.
    return e.CallAnswered.model_construct(answer=answer.plain())
