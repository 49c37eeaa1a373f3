"""Load, decide, append: the way every call takes, and the only writer of the log.

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
from flightrules.service.answers import Answer, Problem, standing_fields
from flightrules.service.looks import Looks
from flightrules.service.turn import Call, Elsewhere, Errand, Say, Site, Turn, nowhere
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.decide import breaches, decide, due
from flightrules.state.finding_again import new_words
from flightrules.state.fold import fold
from flightrules.state.incident import Incident
from flightrules.state.log import Actor, Draft, Recorded
from flightrules.state.rules.ground import Ground
from flightrules.state.rules.settings import settings_read
from flightrules.state.standing import standing
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
class Desk:
    """The desk at which all calls arrive."""

    store: EventStore
    clock: Clock
    ids: Ids
    sites: Mapping[str, Site]
    outbox: Files
    kinds: ErrorKinds
    senders: Mapping[str, Sender] = field(default_factory=dict)
    """Destinations by audience and name: `internal/1`, `planner/folder`."""
    page: str = ""
    """The address at which people approve, with `{incident}` for its id; empty where there is none."""
    looks: Looks = field(default_factory=Looks)
    """Looks that go on record."""
    _known: dict[str, Incident] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def site(self, name: str) -> Site:
        """The site of a target. Raises `Refused` when the configuration has none of that name."""
        if name not in self.sites:
            known = ", ".join(sorted(self.sites)) or "none"
            said = f"There is no target {one_line(name, LONGEST_NAME)!r}."
            raise Refused("unknown_target", said, f"Configured targets: {known}.")
        return self.sites[name]

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

    async def read(self, errand: Errand) -> Incident:
        """The incident as the log has it now, for this call to rest on: which version that is goes on record."""
        incident = await self.incident(errand.call.incident)
        errand.rests_on(incident)
        return incident

    async def decided_on(self, errand: Errand) -> Incident:
        """The incident on which a command of a call is decided."""
        errand.known = await self.incident(errand.call.incident, fresh=False)
        return errand.known

    async def read_beside(self, errand: Errand, stream: str) -> list[Recorded]:
        """Another stream, for this call to rest on: which version that is goes on record."""
        records = await self.records(stream)
        errand.reads.append((stream, records[-1].version if records else 0))
        return records

    async def log_of(self, incident: Incident) -> list[Recorded]:
        """The log up to where this incident was read from it."""
        return (await self.store.load(incident.id))[: incident.version]

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
        ground = self.ground(incident, actor, self.clock.now())
        return bool(breaches(incident, ground)) or self.settings(incident.target).digest != incident.settings

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
        """The incident as this desk last knew it, whatever the log has."""
        return self._known.get(incident_id)

    def forget(self, incident_id: str) -> None:
        """Read an incident whole the next time: another process wrote to it."""
        self._known.pop(incident_id, None)

    def believe(self, incident: Incident) -> None:
        """Go on from that incident. In a what-if it is not what the log has."""
        self._known[incident.id] = incident

    async def _unknown(self, incident_id: str) -> Refused:
        names = await self.store.streams("INC-")
        still = [one.id for target in self.sites for one in await self.open_on(target) if one.id != incident_id]
        known = f"Known incidents: {', '.join(reversed(names[-5:]))}." if names else ""
        hint = f"Open incidents: {listed(still)}." if still else f"No incident is open. {known}".strip()
        return Refused("unknown_incident", f"There is no incident {incident_id!r}.", f"{hint} Or call `open_incident`.")

    def settings(self, target: str) -> e.SettingsRead:
        """The settings of a target, as a log is told them."""
        site = self.site(target)
        return settings_read(site.target, site.policy, tuple(self.senders), self.page)

    def page_of(self, incident_id: str) -> str:
        """The page at which people approve the plan of an incident; empty where there is none."""
        return self.page.replace("{incident}", incident_id)

    def ground(self, incident: Incident, actor: Actor, now: datetime) -> Ground:
        """The circumstances of a command on an incident."""
        site = self.site(incident.target)
        public = any(to.startswith(PUBLIC) for to in self.senders)
        return Ground(target=site.target, policy=site.policy, now=now, actor=actor, public=public)

    def errand(self, call: Call | Errand) -> Errand:
        """A call on its way; without a key of the face's it gets an id of its own."""
        return call if isinstance(call, Errand) else Errand(call=call, identity=call.key or self.ids.new("CALL"))

    async def continued(self, call: Call, identity: str) -> Errand:
        """The call of that id, which a client goes on with after a question; a new one if that id is not such a call.

        It is one if the log has it as a call of the same caller, and as one that was not answered.
        """
        records = await self.store.find_call(call.incident, identity)
        if not is_open(records, call):
            return self.errand(call)
        return Errand(call=call, identity=identity, recorded=True, continues=len(records))

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

    async def take(self, call: Call | Errand, command: c.Command, say: Say) -> Answer[Any]:
        """Judge a command and record call, events and answer in one append."""
        return await self.finish(self.errand(call), command, say)

    async def apply(  # noqa: PLR0913 - a command, and what its events go with
        self,
        errand: Errand,
        command: c.Command,
        elsewhere: Elsewhere = nowhere,
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
            incident = await self.decided_on(errand)
            if not errand.recorded:
                await self._earlier(errand.call)  # the key of another call is refused before anything is done
            turn = await self._judged(errand, command, incident, by)
            turn.elsewhere, turn.expected = elsewhere(turn.after, turn.news), expected or {}
            if turn.drafts and (turn.news or not quiet):
                await self._write(turn)
            errand.known = turn.after
            return turn.after, turn.news

        return await self._retried(errand, once)

    async def finish(self, errand: Errand, command: c.Command, say: Say, elsewhere: Elsewhere = nowhere) -> Answer[Any]:
        """Judge a command and record its events together with the answer to the call."""

        async def once() -> Answer[Any]:
            # In this order: a twin with the same key that is answered after the look moves the version, a lost race.
            incident = await self.decided_on(errand)
            if earlier := await self._earlier(errand.call):
                return earlier
            turn = await self._judged(errand, command, incident)
            turn.elsewhere = elsewhere(turn.after, turn.news)
            says, result = say(turn.after, turn.news)
            answer = self.answer(turn.after, turn.now, says=says, result=result)
            turn.add(answered(answer))
            await self._write(turn)
            return answer

        try:
            return await self._retried(errand, once)
        except Refused as no:
            return await self.refuse(errand, no)

    async def _retried(self, errand: Errand, once: Callable[[], Awaitable[Given]]) -> Given:
        """Decide anew after a lost race; a refusal on stale knowledge is one too."""
        incident_id = errand.call.incident
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
                        if errand.known is not None:
                            errand.rests_on(errand.known)  # others may write before the refusal is on record
                        raise
        raise Unavailable("the log", "other processes keep writing to this incident", "Call again in a moment.")

    def lock(self, incident_id: str) -> AbstractAsyncContextManager[object]:
        """Held while a call of this process is decided, so that only other processes can be faster."""
        return self._locks.setdefault(incident_id, asyncio.Lock())

    async def _stale(self, incident_id: str) -> bool:
        known = self._known.get(incident_id)
        return known is not None and (await self.incident(incident_id)).version != known.version

    async def _judged(self, errand: Errand, command: c.Command, incident: Incident, by: Actor | None = None) -> Turn:
        """The turn; what would tell the public is judged again where another incident of the target speaks."""
        known = await self.speaker(incident) if incident.voice else None
        turn = await self._turn(errand, command, incident, known, by)
        if known is None and any(map(speaks, turn.news)) and (other := await self.speaker(incident)):
            return await self._turn(errand, command, incident, other, by)
        return turn

    async def _turn(
        self, errand: Errand, command: c.Command, incident: Incident, known: str | None, by: Actor | None
    ) -> Turn:
        turn = Turn(before=incident, after=incident, now=self.clock.now(), errand=errand, by=by)
        ground = replace(self.ground(incident, by or errand.call.actor, turn.now), speaker=known)
        events = decide(incident, command, ground)
        await self._begun(turn)
        for event in events:
            turn.add(event)
        turn.news = events
        return turn

    async def _begun(self, turn: Turn) -> None:
        """Begin a turn with the call, and the settings if they changed."""
        errand, incident = turn.errand, turn.before
        if errand.continues is not None:
            await self._still_its_own(errand)
        turn.begin()
        if self.settings(incident.target).digest != incident.settings:
            turn.add(self.settings(incident.target))

    async def _still_its_own(self, errand: Errand) -> None:
        """Give the call an id of its own if another answer to its question was faster."""
        if len(await self.store.find_call(errand.call.incident, errand.identity)) != errand.continues:
            errand.identity, errand.recorded = self.ids.new("CALL"), False
            errand.continues = None

    async def _write(self, turn: Turn) -> None:
        words, errand = new_words(turn.before, turn.after), turn.errand
        writes = [Write(turn.before.id, turn.before.version, turn.drafts, words=words)]
        others: dict[str, list[Draft]] = {}
        for stream, event in turn.elsewhere:
            others.setdefault(stream, []).append(turn.draft(event))
        writes += [Write(stream, turn.expected.get(stream), drafts) for stream, drafts in others.items()]
        await self.store.append(*writes)
        self.believe(turn.after)
        errand.recorded, errand.continues, errand.known = True, None, turn.after
        errand.beside.update((stream, version) for stream, version in errand.reads if stream)
        errand.reads.clear()

    async def refuse(self, errand: Errand | Call, no: Refused) -> Answer[Any]:
        """Record a refusal, and say what is legal now; under an id of its own where the key is another call's."""
        if no.code == KEY_REUSED:
            errand = Errand(call=self.errand(errand).call, identity=self.ids.new("CALL"))
        problem = Problem(kind="refused", code=no.code, reason=no.reason, remedy=no.remedy)
        return await self._problem(errand, problem, lambda answer: e.CallRefused(code=no.code, answer=answer))

    async def fail(self, errand: Errand | Call, failed: Unavailable) -> Answer[Any]:
        """Record that the world failed a call, and say what would mend it."""
        reason = f"{failed.what}: {failed.why}"
        problem = Problem(kind="unavailable", code="unavailable", reason=reason, remedy=failed.remedy)
        return await self._problem(errand, problem, lambda answer: e.CallFailed(what=failed.what, answer=answer))

    async def _problem(
        self, errand: Errand | Call, problem: Problem, event: Callable[[dict[str, JsonValue]], e.Event]
    ) -> Answer[Any]:
        carried = self.errand(errand)
        said = f"{problem.reason} {problem.remedy}".strip()

        async def once() -> Answer[Any]:
            incident = await self._known_or_none(carried.call.incident)
            if incident is None or incident.target not in self.sites:
                answer = TOLD(ok=False, says=said, problem=problem, incident=incident.id if incident else "")
                await self.note(carried, event(answer.plain()))
                return answer
            turn = Turn(before=incident, after=incident, now=self.clock.now(), errand=carried)
            await self._begun(turn)
            ground = self.ground(incident, carried.call.actor, turn.now)
            come = due(incident, ground)
            if any(map(speaks, come)) or incident.voice:
                come = due(incident, replace(ground, speaker=await self.speaker(incident)))
            for one in come:
                turn.add(one)
            answer = self.answer(turn.after, turn.now, says=said, problem=problem)
            turn.add(event(answer.plain()))
            await self._write(turn)
            return answer

        return await self._retried(carried, once)

    async def _known_or_none(self, incident_id: str) -> Incident | None:
        try:
            return await self.incident(incident_id, fresh=False) if incident_id else None
        except Refused:
            return None

    async def note(self, errand: Errand, event: e.Event) -> None:
        """Record a call that belongs to no incident, and what came of it."""
        now = self.clock.now()
        both = (errand.call.received(), event)
        drafts = [item.draft(at=now, actor=errand.call.actor, call=errand.identity) for item in both]
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
        where = standing_fields(standing(incident, self.site(incident.target).policy, now))
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
