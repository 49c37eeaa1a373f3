"""Taking the proof of one host's rollback: wait until services are healthy and stay so, then say what runs.

Knows: how long to wait and what counts as settled. Must not know: what the proof comes to (rules).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flightrules.service.incident_service import IncidentService
from flightrules.state import commands as c
from flightrules.state.evidence import Finding
from flightrules.state.incident import Incident
from flightrules.state.operation import OperationStatus, Running
from flightrules.state.plan import Plan
from flightrules.state.proof import HEALTH_OUTSIDE, all_hold, prove_all, restarts, seen_outside_by
from flightrules.state.target import Target
from flightrules.state.untrusted import one_line
from flightrules.state.value import changed

FIRST_PAUSE_S, LONGER, LONGEST_PAUSE_S = 0.1, 1.3, 1.0
"""Between two looks: what is healthy soon is seen soon, what takes minutes does not cost the host its processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Claims that do not hold yet, after so many seconds of waiting."""

    seconds: float
    holds: int
    of: int
    lacks: tuple[str, ...]

    @property
    def says(self) -> str:
        """The same in words; empty if all holds, and must only last."""
        return f"; {self.holds} of {self.of} claims hold, not yet: {'; '.join(self.lacks)}" if self.lacks else ""


Waiting = Callable[[str, str, float, Awaited], Awaitable[None]]
"""Called between two looks, with the host and its operation, the seconds until the next look and what does not hold
yet; it takes the time."""


@dataclass(slots=True)
class _Streak:
    """Since when everything has held without a restart."""

    first: Running | None = None
    since: datetime | None = None

    def add(self, running: Running, now: datetime, *, holds: bool) -> None:
        if not holds:
            self.first, self.since = None, None
        elif self.first is None or restarts(self.first) != restarts(running):
            self.first, self.since = running, now

    def lasts(self, now: datetime, seconds: int) -> bool:
        return self.since is not None and now - self.since >= timedelta(seconds=seconds)

    def left(self, now: datetime, seconds: int) -> float:
        """Seconds until it has lasted that long; endless while nothing holds."""
        return math.inf if self.since is None else seconds - (now - self.since).total_seconds()


async def proven(  # noqa: PLR0913, PLR0917 - one host of one incident, and who waits
    incidents: IncidentService, incident: Incident, operation: str, host: str, look: OperationStatus, waiting: Waiting
) -> c.RecordProof:
    """Look until everything holds for the settle time or the time for it is over; only a clean end is waited for."""
    managed = incidents.managed(incident.target)
    policy = managed.policy.verification
    waits = look.state == "done" and look.exit_status == 0
    began = incidents.clock.now()
    deadline = began + timedelta(seconds=policy.health_timeout_seconds if waits else 0)
    streak, plan, pause = _Streak(), incident.rollback_plan, FIRST_PAUSE_S
    held: Running | None = None
    while True:
        asked = plan.to_release if plan and (held is None or incidents.clock.now() >= deadline) else ""
        running = await managed.production.running(host, release=asked)
        if asked:
            held = running if running.content is not None and not running.differs_why else held
        elif held is not None:  # what the steps made stays so; services that change show it themselves
            running = changed(running, differs=held.differs, content=held.content, mounts=held.mounts)
        (health,) = await managed.production.collect((_probe(managed.target, plan, host),))
        now = incidents.clock.now()
        streak.add(running, now, holds=_holds(managed.target, plan, host, running, health))
        settled = streak.lasts(now, policy.settle_seconds)
        if settled or now >= deadline:
            return c.RecordProof(operation=operation, running=running, health=health, settled=settled)
        awaited = _awaited(managed.target, plan, host, running, health, (now - began).total_seconds())
        await waiting(host, operation, min(pause, streak.left(now, policy.settle_seconds)), awaited)
        pause = min(pause * LONGER, LONGEST_PAUSE_S)


def _probe(target: Target, plan: Plan | None, host: str) -> str:
    return (seen_outside_by(target, plan, host) if plan else "") or "health"


MOST_LACKS, MOST_SAID = 8, 200
"""Number of claims that do not hold that are repeated, and number of characters of each."""


def _awaited(  # noqa: PLR0913, PLR0917 - one host of one plan, the two looks at it, and for how long
    target: Target, plan: Plan | None, host: str, running: Running, health: Finding, seconds: float
) -> Awaited:
    claims = prove_all(target, plan, host, running, health, None) if plan else ()
    at = next((item.health_url for item in target.hosts if item.name == host and item.health_url), target.health_url)
    lacks = [f"{_name(claim.claim, at)}: {claim.got or 'not known'}" for claim in claims if not claim.holds]
    said = tuple(one_line(lack, MOST_SAID) for lack in lacks[:MOST_LACKS])
    return Awaited(seconds=seconds, holds=len(claims) - len(lacks), of=len(claims), lacks=said)


def _name(claim: str, health_url: str) -> str:
    """A claim, with the address if it is about that."""
    return f"health at {health_url}" if claim == HEALTH_OUTSIDE else claim


def _holds(target: Target, plan: Plan | None, host: str, running: Running, health: Finding) -> bool:
    return plan is not None and all_hold(prove_all(target, plan, host, running, health, None))
