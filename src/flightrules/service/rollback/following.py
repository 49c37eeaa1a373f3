"""Following a started rollback to its end: launch, look, prove; safe from any process at any time.

Knows: that intent is recorded before a launch, that what is unknown is looked at and never run anew blindly.
Must not know: what a look or a proof means (rules), nor who waits for the end.
One process at a time follows (tenure.py). Two would do no harm: the host runs an operation once, and the log takes each
outcome once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from flightrules.errors import Conflict, Declined, Refused, Unavailable, Unreached
from flightrules.ports import Production
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.rollback.lease import RollbackLease
from flightrules.service.rollback.proving import Awaited, proven
from flightrules.service.rollback.under_way import over
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.operation import Operation, OperationStatus
from flightrules.state.rules.executing import movable, plan_of
from flightrules.state.rules.first_step import latest, must_read_again, plan_survey
from flightrules.state.value import changed
from flightrules.state.vocabulary import ActorKind, Phase

POLL_S = 0.25
"""Between two looks at a host."""
UNSEEN_LIMIT = timedelta(minutes=30)
"""Time that a host may stay unreachable before the outcome is called indeterminate and a person is asked."""
UNSEEN_PAUSE_S = 2.0
ELSEWHERE_S = 1.0
"""Between two looks at the log while another process follows."""
TOLD_AFTER_S = 5.0
"""A wait of so long is recorded with its reason, for whoever asks elsewhere."""
HAND_OVER_TRIES = 3
"""Number of times an operation that never arrived is handed over again, and a host that never answered is tried."""

Progress = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Follower:
    """Follows one incident's rollback, all hosts of a wave at once."""

    incidents: IncidentService
    incident_id: str
    progress: Progress = lambda _text: None
    lease: RollbackLease | None = None
    """The lease on following; without one it is followed here in any case."""
    _invocation: Invocation = field(init=False)

    def __post_init__(self) -> None:
        """Act as the system itself."""
        actor = Actor(kind=ActorKind.SYSTEM, name="follower", face="server")
        call = Call(tool="rollback", arguments={}, actor=actor, incident=self.incident_id)
        self._invocation = Invocation(call=call, identity="", recorded=True)

    async def run(self) -> None:
        """Follow to the end. Returns once the incident has left the phase `rolling_back`."""
        while operations := movable_now(await self._incident()):
            if self.lease is None:
                await self._all(operations)
            elif await self.lease.mine():
                await self._kept(asyncio.create_task(self._all(operations)), self.lease)
            else:
                self.progress("another process follows it")
                await self.incidents.clock.sleep(ELSEWHERE_S)

    async def _all(self, operations: Iterable[str]) -> None:
        await asyncio.gather(*(self._one(operation) for operation in operations))

    async def _kept(self, work: asyncio.Task[None], lease: RollbackLease) -> None:
        """Let the lease last as long as the work, whose steps may each take longer than it does."""
        try:
            while not (await asyncio.wait({work}, timeout=lease.again.total_seconds()))[0]:
                await lease.mine()
            work.result()
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def _mine(self) -> bool:
        """Return True if this process follows now.

        This is asked before each step, so that a process that was paused does not go on.
        """
        return self.lease is None or await self.lease.mine()

    async def _incident(self) -> Incident:
        """The incident as the log has it; a log that cannot be read now is waited for, since hosts go on meanwhile."""
        while True:
            try:
                return await self.incidents.incident(self.incident_id)
            except Unavailable as failed:
                self.progress(f"cannot be followed now: {failed}")
                await self.incidents.clock.sleep(UNSEEN_PAUSE_S)

    async def _one(self, operation: str) -> None:
        """Take one host's operation to its end, whatever was done for it before, and by whom."""
        thread = _Thread(operation)
        while operation in movable_now(incident := await self._incident()) and await self._mine():
            try:
                await self._further(incident, thread)
            except (Conflict, Refused):
                await self.incidents.clock.sleep(POLL_S)  # another follower was faster: look at the log again
            except Unavailable as failed:
                await self._unseen(incident, thread, failed)

    async def _further(self, incident: Incident, thread: _Thread) -> None:
        """Launch if nobody did, else look; each a step that may be taken again by anybody."""
        if thread.operation not in incident.launching and not await self._handed_over(incident, thread):
            return
        host = dict(incident.operations)[thread.operation]
        look = await self._production(incident).look(host, thread.operation, offset=thread.offset)
        thread.offset = look.next_offset
        if look.log.strip():
            thread.said = look.log
        elif look.state == "done":
            look = changed(look, log=thread.said)  # what it said last came with an earlier look
        after, _ = await self._record(c.RecordStatus(operation=thread.operation, look=look))
        look = after.look_of(thread.operation) or look
        self.progress(_words(host, look))
        await self._after(incident, thread, host, look)

    async def _after(self, incident: Incident, thread: _Thread, host: str, look: OperationStatus) -> None:
        if look.state in ("done", "lost"):
            await self._record(await proven(self.incidents, incident, thread.operation, host, look, self._waiting))
        elif look.state in ("absent", "claimed"):
            await self._again(incident, thread, host, look)
        else:
            thread.unseen_since = None
            await self._pause(POLL_S)

    async def _again(self, incident: Incident, thread: _Thread, host: str, look: OperationStatus) -> None:
        """It never started: the host takes an id once, so handing it over again cannot run it twice."""
        if thread.handed_over >= HAND_OVER_TRIES:
            why = f": {thread.failed}" if thread.failed else ""
            says = f"{host} never started the operation{why}"
            refused = thread.declined == thread.handed_over and look.state == "absent"
            await self._give_up(thread.operation, says, "untouched" if refused else "indeterminate")
        else:
            await self._pause(POLL_S)
            await self._handed_over(incident, thread)

    async def _handed_over(self, incident: Incident, thread: _Thread) -> bool:
        """Hand the operation to its host, where that is still what was approved."""
        refused = 0 < thread.declined == thread.handed_over
        operation, production = _operation(incident, thread.operation), self._production(incident)
        context = self.incidents.context(incident, self._invocation.call.actor, self.incidents.clock.now())
        again = must_read_again(incident, operation.host, context)
        survey = await production.survey(operation.host, operation.to_release) if again else None
        after, events = await self._record(c.Launch(operation=operation.id, survey=survey, refused=refused))
        if operation.id not in movable_now(after):
            return False
        thread.own = thread.own or any(isinstance(event, e.OperationLaunching) for event in events)
        thread.handed_over += 1
        self.progress(f"{operation.host}: handing over {operation.id}")
        try:
            await production.launch(operation, until=latest(after, survey or plan_survey(after, operation.host)))
        except (Declined, Unreached) as no:
            thread.failed, thread.declined = str(no), thread.declined + 1
            thread.count(no)
            return False
        except Unavailable as failed:
            thread.failed = str(failed)
            raise
        # From here on a host that knows nothing of it has lost it: it is never handed over again.
        await self._record(c.RecordStatus(operation=operation.id, look=OperationStatus(state="claimed")))
        return True

    async def _unseen(self, incident: Incident, thread: _Thread, failed: Unavailable) -> None:
        """The host cannot be seen: wait and look again, for long; then a person is asked.

        One that was never reached was handed nothing, so there is nothing to wait for.
        """
        now = self.incidents.clock.now()
        thread.unseen_since = thread.unseen_since or now
        thread.count(failed)
        self.progress(f"cannot be seen now: {failed}; what runs on hosts goes on by itself")
        host = dict(incident.operations)[thread.operation]
        over = now - thread.unseen_since > UNSEEN_LIMIT
        with suppress(Unavailable, Refused):  # the log may be what failed, or another follower was faster
            if thread.handed_nothing(incident) and (over or thread.unreached >= HAND_OVER_TRIES):
                says = f"{host} cannot be reached, and nothing was handed to it: {failed}"
                await self._give_up(thread.operation, says, "untouched")
            elif over:
                await self._give_up(thread.operation, f"{host} cannot be seen: {failed}", "indeterminate")
            else:
                await self._tick()
        await self.incidents.clock.sleep(UNSEEN_PAUSE_S)

    async def _waiting(self, host: str, operation: str, seconds: float, awaited: Awaited) -> None:
        self.progress(f"{host}: waiting until services are healthy and stay so{awaited.says}")
        if awaited.lacks and awaited.seconds >= TOLD_AFTER_S:
            command = c.AwaitProof(operation=operation, holds=awaited.holds, of=awaited.of, lacks=awaited.lacks)
            await self._record(command)
        await self._pause(seconds)

    async def _pause(self, seconds: float) -> None:
        await self._tick()
        await self.incidents.clock.sleep(seconds)

    async def _tick(self) -> None:
        """Record a budget that ran out meanwhile; a running job is never killed for it."""
        await self._record(c.Tick())

    async def _give_up(self, operation: str, says: str, outcome: Literal["indeterminate", "untouched"]) -> None:
        await self._record(c.Abandon(operation=operation, outcome=outcome, says=says[:4000]))

    async def _record(self, command: c.Command) -> tuple[Incident, list[e.Event]]:
        return await self.incidents.apply(self._invocation, command, over)

    def _production(self, incident: Incident) -> Production:
        return self.incidents.managed(incident.target).production


@dataclass(slots=True)
class _Thread:
    """Memory of one follower of one operation; losing it loses nothing but log lines already shown."""

    operation: str
    offset: int = 0
    handed_over: int = 0
    said: str = ""
    """Text that it printed last."""
    unseen_since: datetime | None = None
    failed: str = ""
    """Reason that the last hand-over was not acknowledged."""
    declined: int = 0
    """Number of hand-overs that the host refused in so many words, or could not be reached for."""
    own: bool = False
    """True if this follower began the first hand-over, so that no other can have made one."""
    unreached: int = 0
    """Number of times in a row that no connection came about."""

    def count(self, failed: Unavailable) -> None:
        """Note one more connection that did not come about, or that one did."""
        self.unreached = self.unreached + 1 if isinstance(failed, Unreached) else 0

    def handed_nothing(self, incident: Incident) -> bool:
        """Return True if it is certain that no host was handed the operation."""
        return self.operation not in incident.launching or (self.own and self.declined == self.handed_over)


def movable_now(incident: Incident) -> tuple[str, ...]:
    """The operations that may move now; none outside of a rollback."""
    return movable(incident) if incident.phase is Phase.ROLLING_BACK else ()


def _operation(incident: Incident, operation: str) -> Operation:
    return next(item for item in plan_of(incident).operations(who=incident.approver) if item.id == operation)


def _words(host: str, look: OperationStatus) -> str:
    running = next((step.name for step in look.steps if step.ended_at is None), None)
    if running:
        return f"{host}: step {running} runs"
    done = [step.name for step in look.steps if step.ended_at is not None]
    return f"{host}: {look.state}" + (f", done: {', '.join(done)}" if done else "")
