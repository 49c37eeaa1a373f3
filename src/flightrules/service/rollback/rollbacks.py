"""All rollbacks this process follows: started here, or found running after a restart.

Knows: that a rollback is followed in the background, and that callers only wait for a while.
Must not know: what following means (following.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from flightrules.errors import FlightrulesError
from flightrules.ports import Clock, Leases
from flightrules.service import answers as a
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.performing import framed
from flightrules.service.rollback.following import Follower
from flightrules.service.rollback.lease import RollbackLease
from flightrules.service.rollback.planning import Stop, another_instead, asks_for_the_end, prepare, without_key
from flightrules.service.rollback.rolling_back import PersonSaid, attached, proceed
from flightrules.state import commands as c
from flightrules.state.incident import Incident
from flightrules.state.operation import StepOutcome
from flightrules.state.rules.context import RuleContext
from flightrules.state.rules.deciding import offers
from flightrules.state.rules.executing import plan_of
from flightrules.state.vocabulary import Path, Phase

log = logging.getLogger("flightrules")

WAIT_S = 8.0
"""Seconds that a call may wait for a running rollback before it answers with what is known."""
GLANCE_S = 0.1

Report = Callable[[str], Awaitable[None]]


async def silent(_text: str) -> None:
    """Report to nobody."""


@dataclass(slots=True)
class Following:
    """One followed rollback."""

    task: asyncio.Task[None]
    message: str = ""


@dataclass(slots=True)
class Rollbacks:
    """The followers of this process."""

    incidents: IncidentService
    leases: Leases | None = None
    """Leases that tell which process follows; without them this one does."""
    holder: str = ""
    """Tells this process from all others."""
    people: Clock | None = None
    """Clock that limits the wait for people; the incident service's if none is given."""
    _running: dict[str, Following] = field(default_factory=dict)

    async def rollback(
        self, call: Call | Invocation, said: PersonSaid, *, report: Report = silent, wait_s: float = WAIT_S
    ) -> a.Answer[a.RollbackResult]:
        """Start or attach to a rollback, wait a while, and answer with how it stands.

        A call that nobody prepared, since nobody is asked, is prepared first.
        """
        if not isinstance(call, Invocation):
            call = without_key(self.incidents, call)
            if isinstance(prepared := await prepare(self.incidents, call), Stop):
                return prepared.answer

        async def rolled_back(invocation: Invocation) -> a.Answer[a.RollbackResult]:
            incident = await self.incidents.read(invocation)
            if said.verdict != "no" and (other := await another_instead(self.incidents, invocation, incident)):
                await self.attend(other, report=report, wait_s=wait_s)
                return await attached(self.incidents, invocation, other)
            if not await asks_for_the_end(self.incidents, invocation, incident):
                answer = await proceed(self.incidents, invocation, incident, said)
                if answer is not None:
                    return answer
                await self.wait(incident.id, report=report, wait_s=wait_s)
            context = self.incidents.context(incident, invocation.call.actor, self.incidents.clock.now())
            return await self.incidents.finish(
                invocation, c.ShowRollback(), lambda after, _events: seen(after, context)
            )

        return await framed(self.incidents, call, rolled_back)

    async def attend(self, incident_id: str, *, report: Report = silent, wait_s: float = WAIT_S) -> None:
        """Wait for the rollback of another incident."""
        await self.wait(incident_id, report=report, wait_s=wait_s)

    def ensure(self, incident_id: str) -> Following:
        """Follow a rollback, if this process does not already."""
        following = self._running.get(incident_id)
        if following is None or following.task.done():
            following = Following(task=asyncio.create_task(self._follow(incident_id)))
            self._running[incident_id] = following
        return following

    async def take_up(self, incident_id: str) -> None:
        """Follow a rollback whose process went away; one that another process follows stays with it."""
        following, lease = self._running.get(incident_id), self._lease(incident_id)
        if following is not None and not following.task.done():
            return
        if lease is None or await lease.mine():
            self.ensure(incident_id)

    def _lease(self, incident_id: str) -> RollbackLease | None:
        if self.leases is None:
            return None
        return RollbackLease(leases=self.leases, clock=self.incidents.clock, incident=incident_id, holder=self.holder)

    async def _follow(self, incident_id: str) -> None:
        lease = self._lease(incident_id)

        def progress(text: str) -> None:
            self._running[incident_id].message = text

        try:
            await Follower(incidents=self.incidents, incident_id=incident_id, progress=progress, lease=lease).run()
        except Exception:
            log.exception("following the rollback of %s stopped; the next call takes it up again", incident_id)
        finally:
            if lease is not None:
                await lease.end()

    async def wait(self, incident_id: str, *, report: Report = silent, wait_s: float = WAIT_S) -> None:
        """Wait until the rollback ends or the wait is over, reporting what changes."""
        following = self.ensure(incident_id)
        until = self.incidents.clock.now() + timedelta(seconds=wait_s)
        told = ""
        while not following.task.done() and self.incidents.clock.now() < until:
            if following.message != told:
                told = following.message
                await report(told)
            await self.incidents.clock.sleep(GLANCE_S)

    async def resume(self) -> None:
        """After a restart: follow every rollback that the log says is under way."""
        for name in await self.incidents.store.streams("INC-"):
            try:
                incident = await self.incidents.incident(name)
            except FlightrulesError as failed:
                log.warning("%s cannot be read, so nobody can say whether it must be followed: %s", name, failed)
                continue
            if incident.phase is Phase.ROLLING_BACK:
                self.ensure(name)

    async def ended(self) -> None:
        """Return when nothing is followed here any more."""
        await asyncio.gather(*(following.task for following in self._running.values()))

    async def close(self) -> None:
        """Stop following; the hosts go on by themselves, and any process can take it up again."""
        tasks = [following.task for following in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def seen(incident: Incident, context: RuleContext) -> tuple[str, a.RollbackResult]:
    """Return how a rollback stands, as an answer."""
    plan = plan_of(incident)
    running = incident.phase is Phase.ROLLING_BACK
    state = "rolling_back" if running else incident.rollback_outcome
    result = a.RollbackResult.model_validate(
        {
            "state": state,
            "plan": plan.id,
            "digest": plan.short,
            "from_release": plan.from_release,
            "to_release": plan.to_release,
            "steps": steps_of(incident),
            "proof": tuple(_claims(incident)),
            "untrusted_output": "\n".join(f"{done.host}: {done.words}" for done in incident.hosts_done if done.words),
            "offers": tuple(f"{o.says}: {o.command}" for o in offers(incident, context)) if _asks(incident) else (),
        }
    )
    return _words(incident, state), result


def _asks(incident: Incident) -> bool:
    """Return True if a person is asked what to do now."""
    return incident.phase is Phase.DECIDED and incident.path is Path.PERSON


def steps_of(incident: Incident) -> tuple[a.StepSummary, ...]:
    """Each step of each host, and how far it is."""
    plan = plan_of(incident)
    found: list[a.StepSummary] = []
    for operation, host in incident.operations:
        look = incident.look_of(operation)
        outcomes = {step.index: step for step in look.steps} if look else {}
        steps = next(item.steps for item in plan.hosts if item.host == host)
        found.extend(
            a.StepSummary.model_validate({"host": host, "step": step.name, "state": _state(outcomes.get(number))})
            for number, step in enumerate(steps)
        )
    return tuple(found)


def _state(outcome: StepOutcome | None) -> str:
    if outcome is None:
        return "waiting"
    if outcome.undone:
        return "undone"
    if outcome.exit_status is None:
        return "running"
    return "done" if outcome.exit_status == 0 else "failed"


def _claims(incident: Incident) -> list[str]:
    signs = {True: "yes", False: "NO", None: "not seen"}
    several = len(incident.operations) > 1
    return [
        f"{signs[claim.holds]}: {f'{host}: ' if several else ''}{claim.claim}"
        + ("" if claim.holds else f" (expected {claim.expected}, got {claim.got})")
        for host, claim in incident.proof
    ]


def under_way(incident: Incident) -> str:
    """Return what is waited for: the steps, or after them the health."""
    ended = {host for op, host in incident.operations if (look := incident.look_of(op)) and look.state == "done"}
    waits = sorted(ended - {done.host for done in incident.hosts_done})
    if not waits:
        return "The rollback runs on the host by itself."
    reasons = [f" {seen.host}: {seen.says}." for _, seen in incident.awaited if seen.host in waits]
    now = f"The steps ended on {', '.join(waits)}; now it is waited until the services are healthy and stay so."
    return now + "".join(reasons)


def _words(incident: Incident, state: str) -> str:
    if state == "rolling_back":
        return f"{under_way(incident)} Call `rollback` again to follow it."
    then = ""
    if incident.phase is Phase.VERIFYING:
        then = " Call `verify` next."
    if _asks(incident):
        then = " One attempt, then a person: tell your user the offers."
    if state == "untouched":
        then = " The attempt is not used up: call `rollback` again for a new plan, or a person decides otherwise."
    ended = "Rolled back" if state == "succeeded" else f"The rollback is {state}"
    return f"{ended}: {incident.rollback_says}.{then}"
