"""Taking the proof of one host's rollback: wait until services are healthy and stay so, then say what runs.

Knows: how long to wait and what counts as settled. Must not know: what the proof comes to (rules).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flightrules.service.desk import Desk
from flightrules.state import commands as c
from flightrules.state.evidence import Finding
from flightrules.state.incident import Incident
from flightrules.state.operation import Look, Running
from flightrules.state.plan import Plan
from flightrules.state.proof import all_hold, prove_all, restarts, seen_outside_by
from flightrules.state.target import Target
from flightrules.state.value import changed

FIRST_PAUSE_S, LONGER, LONGEST_PAUSE_S = 0.1, 1.3, 1.0
"""Between two looks: what is healthy soon is seen soon, what takes minutes does not cost the host its processor."""

Waiting = Callable[[str, float, str], Awaitable[None]]
"""Called between two looks, with the seconds until the next and what does not hold yet; it takes the time."""


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
    desk: Desk, incident: Incident, operation: str, host: str, look: Look, waiting: Waiting
) -> c.Prove:
    """Look until everything holds for the settle time or the time for it is over; only a clean end is waited for."""
    site = desk.site(incident.target)
    policy = site.policy.verification
    waits = look.state == "done" and look.exit_status == 0
    deadline = desk.clock.now() + timedelta(seconds=policy.health_timeout_seconds if waits else 0)
    streak, plan, pause = _Streak(), incident.rollback_plan, FIRST_PAUSE_S
    content: Running | None = None
    while True:
        asked = plan.to_release if plan and content is None else ""
        running = await site.production.running(host, release=asked)
        content = content or (running if running.differs is not None else None)
        if content is not None and not asked:  # what the steps made stays so; services that change show it themselves
            running = changed(running, differs=content.differs)
        (health,) = await site.production.collect((_probe(site.target, plan, host),))
        now = desk.clock.now()
        streak.add(running, now, holds=_holds(site.target, plan, host, running, health))
        settled = streak.lasts(now, policy.settle_seconds)
        if settled or now >= deadline:
            return c.Prove(operation=operation, running=running, health=health, settled=settled)
        lacks = _lacks(site.target, plan, host, running, health)
        await waiting(host, min(pause, streak.left(now, policy.settle_seconds)), lacks)
        pause = min(pause * LONGER, LONGEST_PAUSE_S)


def _probe(target: Target, plan: Plan | None, host: str) -> str:
    return (seen_outside_by(target, plan, host) if plan else "") or "health"


def _lacks(target: Target, plan: Plan | None, host: str, running: Running, health: Finding) -> str:
    """What does not hold yet, with what was seen instead."""
    claims = prove_all(target, plan, host, running, health, None) if plan else ()
    return "; ".join(f"{claim.claim}: {claim.got}" for claim in claims if not claim.holds)[:500]


def _holds(target: Target, plan: Plan | None, host: str, running: Running, health: Finding) -> bool:
    return plan is not None and all_hold(prove_all(target, plan, host, running, health, None))
