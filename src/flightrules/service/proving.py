"""Taking the proof of one host's rollback: wait until services are healthy and stay so, then say what runs.

Knows: how long to wait and what counts as settled. Must not know: what the proof comes to (rules).
"""

from __future__ import annotations

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

HEALTH_LIMIT_S = 5.0
"""How long one health check may take."""

Waiting = Callable[[str], Awaitable[None]]
"""Called between two looks; it takes the time."""


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


async def proven(  # noqa: PLR0913, PLR0917 - one host of one incident, and who waits
    desk: Desk, incident: Incident, operation: str, host: str, look: Look, waiting: Waiting
) -> c.Prove:
    """Look until everything holds for the settle time or the time for it is over; only a clean end is waited for."""
    site = desk.site(incident.target)
    policy = site.policy.verification
    waits = look.state == "done" and look.exit_status == 0
    deadline = desk.clock.now() + timedelta(seconds=policy.health_timeout_seconds if waits else 0)
    streak, plan = _Streak(), incident.rollback_plan
    while True:
        running = await site.production.running(host)
        (health,) = await site.production.collect((_probe(site.target, plan, host),), limit_s=HEALTH_LIMIT_S)
        now = desk.clock.now()
        streak.add(running, now, holds=_holds(site.target, plan, host, running, health))
        settled = streak.lasts(now, policy.settle_seconds)
        if settled or now >= deadline:
            return c.Prove(operation=operation, running=running, health=health, settled=settled)
        await waiting(host)


def _probe(target: Target, plan: Plan | None, host: str) -> str:
    return (seen_outside_by(target, plan, host) if plan else "") or "health"


def _holds(target: Target, plan: Plan | None, host: str, running: Running, health: Finding) -> bool:
    return plan is not None and all_hold(prove_all(target, plan, host, running, health, None))
