"""Following a started rollback to its end: launch, look, prove; safe from any process at any time.

Knows: that intent is recorded before a launch, that what is unknown is looked at and never run anew blindly.
Must not know: what a look or a proof means (rules), nor who waits for the end.
Two followers of one rollback do no harm: the host runs an operation once, and the log takes each outcome once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from flightrules.errors import Conflict, Refused, Unavailable
from flightrules.ports import Production
from flightrules.service.desk import Desk
from flightrules.service.turn import Call, Errand
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.evidence import Finding, Http
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.operation import Look, Operation, Running
from flightrules.state.plan import Plan
from flightrules.state.proof import all_hold, prove, prove_outside, restarts
from flightrules.state.rules.executing import next_operation
from flightrules.state.vocabulary import ActorKind, Phase

POLL_S = 0.25
"""Between two looks at a host."""
PROOF_POLL_S = 0.3
"""Between two looks at what runs, while services come up."""
UNSEEN_LIMIT = timedelta(minutes=30)
"""How long a host may stay unreachable before the outcome is called indeterminate and a person is asked."""
UNSEEN_PAUSE_S = 2.0
HAND_OVER_TRIES = 3
"""How often an operation that never arrived is handed over again."""

Progress = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Follower:
    """Follows one incident's rollback."""

    desk: Desk
    incident_id: str
    progress: Progress = lambda _text: None
    _offset: int = 0
    _handed_over: int = 0
    _errand: Errand = field(init=False)

    def __post_init__(self) -> None:
        """Act as the system itself."""
        actor = Actor(kind=ActorKind.SYSTEM, name="follower", face="server")
        call = Call(tool="rollback", arguments={}, actor=actor, incident=self.incident_id)
        self._errand = Errand(call=call, identity="", recorded=True)

    async def run(self) -> None:
        """Follow to the end. Returns once the incident has left the phase `rolling_back`."""
        while (incident := await self.desk.incident(self.incident_id)).phase is Phase.ROLLING_BACK:
            operation = next_operation(incident)
            if operation is None:
                return
            await self._one(incident, operation)

    async def _one(self, incident: Incident, operation: str) -> None:
        """Take one host's operation as far as it goes, whatever was done for it before."""
        try:
            if operation not in incident.launching:
                await self._record(c.Launch(operation=operation))
                self._offset = self._handed_over = 0
                await self._launch(incident, operation)
            await self._watch(operation)
        except (Conflict, Refused):
            await self.desk.clock.sleep(POLL_S)  # another follower was faster: look at the log again
        except Unavailable as failed:
            await self._unseen(operation, failed)

    async def _launch(self, incident: Incident, operation: str) -> None:
        self._handed_over += 1
        host = dict(incident.operations)[operation]
        self.progress(f"{host}: handing over {operation}")
        await self._production(incident).launch(self._operation(incident, operation))

    def _operation(self, incident: Incident, operation: str) -> Operation:
        plan = self._plan(incident)
        who = incident.approver
        return next(item for item in plan.operations(who=who) if item.id == operation)

    def _production(self, incident: Incident) -> Production:
        return self.desk.site(incident.target).production

    def _plan(self, incident: Incident) -> Plan:
        if incident.rollback_plan is None:
            raise Refused("no_rollback", "No rollback runs.", "Call `incident_status`.")
        return incident.rollback_plan

    async def _watch(self, operation: str) -> None:
        incident = await self.desk.incident(self.incident_id)
        host = dict(incident.operations)[operation]
        while True:
            look = await self._production(incident).look(host, operation, offset=self._offset)
            self._offset = look.next_offset
            await self._record(c.See(operation=operation, look=look))
            self.progress(_words(host, look))
            if look.state in ("done", "lost"):
                return await self._end(operation, host, look)
            if look.state in ("absent", "claimed"):
                if self._handed_over >= HAND_OVER_TRIES:
                    return await self._give_up(operation, "failed", f"{host} never started the operation")
                await self._launch(await self.desk.incident(self.incident_id), operation)
            await self._tick()
            await self.desk.clock.sleep(POLL_S)

    async def _tick(self) -> None:
        """Record a budget that ran out meanwhile; a running job is never killed for it."""
        await self._record(c.Tick())

    async def _end(self, operation: str, host: str, look: Look) -> None:
        """Take the proof; after a clean end wait until services are healthy and stay so."""
        incident = await self.desk.incident(self.incident_id)
        policy = self.desk.site(incident.target).policy.verification
        waits = look.state == "done" and look.exit_status == 0
        deadline = self.desk.clock.now() + timedelta(seconds=policy.health_timeout_seconds if waits else 0)
        good_since = None
        first: Running | None = None
        while True:
            running = await self._production(incident).running(host)
            (health,) = await self._production(incident).collect(("health",), limit_s=5.0)
            now = self.desk.clock.now()
            if self._holds(incident, host, running, health):
                if first is None or restarts(first) != restarts(running):
                    first, good_since = running, now
            else:
                first, good_since = None, None
            settled = good_since is not None and now - good_since >= timedelta(seconds=policy.settle_seconds)
            if settled or now >= deadline:
                break
            self.progress(f"{host}: waiting until services are healthy and stay so")
            await self._tick()
            await self.desk.clock.sleep(PROOF_POLL_S)
        await self._record(c.Prove(operation=operation, running=running, health=health, settled=settled))

    def _holds(self, incident: Incident, host: str, running: Running, health: Finding) -> bool:
        plan = self._plan(incident)
        host_plan = next(item for item in plan.hosts if item.host == host)
        http = health.data if isinstance(health.data, Http) else None
        claims = (*prove(host_plan, plan.to_release, running, None), *prove_outside(http, plan.to_release))
        return all_hold(claims)

    async def _unseen(self, operation: str, failed: Unavailable) -> None:
        """The host cannot be seen: wait and look again, for long; then a person is asked."""
        incident = await self.desk.incident(self.incident_id)
        self.progress(f"cannot be seen now: {failed}; the operation goes on by itself")
        started = incident.rollback_started_at or self.desk.clock.now()
        if self.desk.clock.now() - started > UNSEEN_LIMIT:
            await self._give_up(operation, "indeterminate", f"the host cannot be seen: {failed}")
        else:
            await self._tick()
            await self.desk.clock.sleep(UNSEEN_PAUSE_S)

    async def _give_up(self, operation: str, outcome: str, says: str) -> None:
        command = c.GiveUpOn.model_validate({"operation": operation, "outcome": outcome, "says": says[:4000]})
        await self._record(command)

    async def _record(self, command: c.Command) -> list[e.Event]:
        _, events = await self.desk.apply(self._errand, command)
        return events


def _words(host: str, look: Look) -> str:
    running = next((step.name for step in look.steps if step.ended_at is None), None)
    if running:
        return f"{host}: step {running} runs"
    done = [step.name for step in look.steps if step.ended_at is not None]
    return f"{host}: {look.state}" + (f", done: {', '.join(done)}" if done else "")
