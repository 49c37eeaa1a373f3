"""Load, decide, append: the way every call takes, and the only writer of the log.

Knows: how a command becomes recorded events, that a lost race is decided anew, and that one key has one answer.
Must not know: what any command means, nor how the world is reached.
Nothing is told to a caller that is not in the log first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
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
"""Where calls go that belong to no incident, and where each incident is registered."""

PUBLIC = f"{Audience.EXTERNAL}/"
"""What the name of a place begins with where the public reads."""

TRIES = 8
"""How often a lost race is decided anew before the caller is told to try again."""

KEY_REUSED = "key_reused"

LONGEST_NAME = 80
"""What is repeated of a name that a caller made up."""

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
    turns: Callable[[], AbstractAsyncContextManager[object]] = asyncio.Lock
    """How calls of this process take turns on one incident; in a replay the log says whose turn it is."""
    looks: Looks | None = field(default_factory=Looks)
    """Which looks go on record; None where all do, as in a replay."""
    beside: tuple[str, ...] | None = None
    """In a replay: what was open on the target when the incident was opened."""
    spoken: Callable[[], str] | None = None
    """In a replay: which incident spoke to the public for this one."""
    _known: dict[str, Incident] = field(default_factory=dict)
    _turns: dict[str, AbstractAsyncContextManager[object]] = field(default_factory=dict)
    """One an incident: calls of this process take turns, so that only other processes can be faster."""

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
        self._known[incident_id] = incident
        return incident

    async def keeps(self, call: Call, what: str) -> bool:
        """Whether a call that changes nothing goes on record; what was counted before is recorded on the way."""
        await self.count_looks()
        return self.looks is None or self.looks.keep(call, what, self.clock.now())

    async def count_looks(self) -> None:
        """Record how many looks were counted instead of kept."""
        counted = self.looks.counted(self.clock.now()) if self.looks else []
        if counted:
            by = Actor(kind=ActorKind.SYSTEM, name="server", face="server")
            drafts = [one.draft(at=self.clock.now(), actor=by, call="") for one in counted]
            await self.store.append(Write(SERVER_STREAM, None, drafts))

    async def speaker(self, incident: Incident) -> str:
        """The incident that speaks to the public for this one too; in a replay the log says which it was."""
        if not may_be_spoken_for(incident):
            return ""
        return self.spoken() if self.spoken is not None else speaker(incident, await self.open_on(incident.target))

    def is_due(self, incident: Incident, actor: Actor) -> bool:
        """Whether time alone has something to record of an incident: a look would record it."""
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
        """The ids of those incidents, for one that is opened now; in a replay the log says which they were."""
        return self.beside if self.beside is not None else tuple(one.id for one in await self.open_on(target))

    def believed(self, incident_id: str) -> Incident | None:
        """The incident as this desk last knew it, whatever the log has."""
        return self._known.get(incident_id)

    def forget(self, incident_id: str) -> None:
        """Read an incident whole the next time: another process wrote to it."""
        self._known.pop(incident_id, None)

    def believe(self, incident: Incident) -> None:
        """Go on from an incident that is not what the log has: a what-if does."""
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

    def errand(self, call: Call) -> Errand:
        """A call on its way; without a key of the face's it gets an id of its own."""
        return Errand(call=call, identity=call.key or self.ids.new("CALL"))

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

    async def take(self, call: Call, command: c.Command, say: Say) -> Answer[Any]:
        """Judge a command and record call, events and answer in one append."""
        return await self.finish(self.errand(call), command, say)

    async def begin(self, call: Call, command: c.Command) -> Errand:
        """Record a call and what it is about to do, before it does it.

        Raises `Refused` when the command is not allowed; nothing is recorded then (`refuse` does that).
        """
        errand = self.errand(call)
        await self.apply(errand, command)
        return replace(errand, recorded=True)

    async def apply(
        self, errand: Errand, command: c.Command, elsewhere: Elsewhere = nowhere
    ) -> tuple[Incident, list[e.Event]]:
        """Record a command's events without an answer."""

        async def once() -> tuple[Incident, list[e.Event]]:
            incident = await self.incident(errand.call.incident, fresh=False)
            if not errand.recorded:
                await self._earlier(errand.call)  # the key of another call is refused before anything is done
            turn = await self._judged(errand, command, incident)
            turn.elsewhere = elsewhere(turn.after, turn.news)
            if turn.drafts:
                await self._write(turn)
            return turn.after, turn.news

        return await self._retried(errand.call.incident, once)

    async def finish(self, errand: Errand, command: c.Command, say: Say, elsewhere: Elsewhere = nowhere) -> Answer[Any]:
        """Judge a command and record its events together with the answer to the call."""

        async def once() -> Answer[Any]:
            # In this order: a twin with the same key that is answered after the look moves the version, a lost race.
            incident = await self.incident(errand.call.incident, fresh=False)
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
            return await self._retried(errand.call.incident, once)
        except Refused as no:
            return await self.refuse(errand, no)

    async def _retried(self, incident_id: str, once: Callable[[], Awaitable[Given]]) -> Given:
        """Decide anew after a lost race; a refusal on stale knowledge is one too."""
        if incident_id not in self._turns:
            self._turns[incident_id] = self.turns()
        async with self._turns[incident_id]:
            for _ in range(TRIES):
                try:
                    return await once()
                except Conflict as lost:
                    if lost.stream != incident_id:
                        raise  # what the errand rests on beside the incident is its caller's to read again
                    self.forget(incident_id)
                except Refused:
                    if not await self._stale(incident_id):
                        raise
        raise Unavailable("the log", "other processes keep writing to this incident", "Call again in a moment.")

    async def _stale(self, incident_id: str) -> bool:
        known = self._known.get(incident_id)
        return known is not None and (await self.incident(incident_id)).version != known.version

    async def _judged(self, errand: Errand, command: c.Command, incident: Incident) -> Turn:
        """The turn; what would tell the public is judged again where another incident of the target speaks."""
        known = await self.speaker(incident) if incident.voice else None
        turn = self._turn(errand, command, incident, known)
        if known is None and any(map(speaks, turn.news)) and (other := await self.speaker(incident)):
            return self._turn(errand, command, incident, other)
        return turn

    def _turn(self, errand: Errand, command: c.Command, incident: Incident, known: str | None) -> Turn:
        call = errand.call
        turn = Turn(before=incident, after=incident, now=self.clock.now(), errand=errand)
        ground = replace(self.ground(incident, call.actor, turn.now), speaker=known)
        events = decide(incident, command, ground)
        if not errand.recorded and errand.call.tool:
            turn.add(call.received())
        if self.settings(incident.target).digest != incident.settings:
            turn.add(self.settings(incident.target))
        for event in events:
            turn.add(event)
        turn.news = events
        return turn

    async def _write(self, turn: Turn) -> None:
        words = new_words(turn.before, turn.after)
        writes = [Write(turn.before.id, turn.before.version, turn.drafts, words=words)]
        others: dict[str, list[Draft]] = {}
        for stream, event in turn.elsewhere:
            others.setdefault(stream, []).append(turn.draft(event))
        writes += [Write(stream, turn.errand.expected.get(stream), drafts) for stream, drafts in others.items()]
        await self.store.append(*writes)
        self._known[turn.before.id] = turn.after

    async def refuse(self, errand: Errand | Call, no: Refused) -> Answer[Any]:
        """Record a refusal, and say what is legal now; under an id of its own where the key is another call's."""
        if no.code == KEY_REUSED:
            errand = self.errand(replace(errand if isinstance(errand, Call) else errand.call, key=""))
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
        carried = self.errand(errand) if isinstance(errand, Call) else errand
        said = f"{problem.reason} {problem.remedy}".strip()

        async def once() -> Answer[Any]:
            incident = await self._known_or_none(carried.call.incident)
            if incident is None or incident.target not in self.sites:
                answer = TOLD(ok=False, says=said, problem=problem, incident=incident.id if incident else "")
                await self.note(carried, event(answer.plain()))
                return answer
            turn = Turn(before=incident, after=incident, now=self.clock.now(), errand=carried)
            if not carried.recorded:
                turn.add(carried.call.received())
            if self.settings(incident.target).digest != incident.settings:
                turn.add(self.settings(incident.target))
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

        return await self._retried(carried.call.incident, once)

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


def answered(answer: Answer[Any]) -> e.CallAnswered:
    """The event of an answer."""
    # What `plain` gives is JSON: it was written as such just now, and is not looked through again.
    return e.CallAnswered.model_construct(answer=answer.plain())
