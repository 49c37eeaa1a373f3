"""Which release is known to be good, and on what grounds; never a guess.

Knows: that a recorded healthy observation is the strong ground, and having served long enough the weak one.
Must not know: how the history or the observations were read.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from flightrules.state.evidence import Deploy
from flightrules.state.operation import Release
from flightrules.state.policy import DecisionPolicy
from flightrules.state.value import Value


class Observation(Value):
    """What was once seen of a release in production."""

    release: Release
    healthy: bool
    at: datetime
    by: str
    """What saw it: `verify`, `observe`, or the incident that condemned it."""


class GoodRelease(Value):
    """A release known to be good, and why."""

    release: Release
    ground: Literal["observed_healthy", "served", "named_by_person"]
    why: str
    at: datetime
    """When it was seen healthy, or deployed."""


class History(Value):
    """All that is known about the releases of a target at one moment."""

    deploys: tuple[Deploy, ...] = ()
    """Newest first."""
    observations: tuple[Observation, ...] = ()
    """Oldest first."""


def good_releases(history: History, *, current: str | None, policy: DecisionPolicy) -> tuple[GoodRelease, ...]:
    """Releases to go back to, best first: observed healthy before merely served, newer before older.

    The release that runs now is never one of them; one whose last observation was unhealthy is not either.
    """
    last = {o.release: o for o in history.observations}
    condemned = {sha for sha, o in last.items() if not o.healthy} | ({current} if current else set())
    observed = [_observed(o) for o in sorted(last.values(), key=lambda o: o.at, reverse=True) if o.healthy]
    served = _served(history.deploys, policy) if policy.trust_deploy_history else []
    ranked = [g for g in [*observed, *served] if g.release not in condemned]
    return tuple({g.release: g for g in reversed(ranked)}[sha] for sha in dict.fromkeys(g.release for g in ranked))


def _observed(seen: Observation) -> GoodRelease:
    why = f"seen healthy at {seen.at:%Y-%m-%d %H:%M} UTC by {seen.by}"
    return GoodRelease(release=seen.release, ground="observed_healthy", why=why, at=seen.at)


def _served(deploys: Sequence[Deploy], policy: DecisionPolicy) -> list[GoodRelease]:
    """Releases that served at least so long until the next deployment of another release."""
    least = timedelta(minutes=policy.good_after_minutes)
    found: list[GoodRelease] = []
    for later, deploy in itertools.pairwise(deploys):
        span = later.at - deploy.at
        if later.sha != deploy.sha and span >= least and _full(deploy.sha):
            why = f"served for {_words(span)} until the next deployment; no healthy observation is on record"
            found.append(GoodRelease(release=deploy.sha, ground="served", why=why, at=deploy.at))
    return found


def _full(sha: str) -> bool:
    return len(sha) in (40, 64)


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"


def recent_deployment(deploys: Sequence[Deploy], *, onset: datetime, policy: DecisionPolicy) -> Deploy | None:
    """The newest deployment inside the window before onset; one after onset cannot have caused it."""
    window = timedelta(hours=policy.recent_deployment_hours)
    inside = [d for d in deploys if onset - window <= d.at <= onset]
    return max(inside, key=lambda d: d.at, default=None)
