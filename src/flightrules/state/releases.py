"""Selection of the release that is known to be good, and its grounds; never a guess.

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
    """Observation of a release in production."""

    release: Release
    healthy: bool
    at: datetime
    by: str
    """Source of the observation: `verify`, `observe`, or the incident that condemned the release."""
    errors_per_minute: float | None = None
    """Error lines per minute in its logs at that time, if they were seen."""


class GoodRelease(Value):
    """A release known to be good, and why."""

    release: Release
    ground: Literal["observed_healthy", "served", "named_by_person"]
    why: str
    at: datetime
    """Time at which the release was seen healthy, or was deployed."""


class History(Value):
    """All that is known about the releases of a target at one moment."""

    deploys: tuple[Deploy, ...] = ()
    """Newest first."""
    observations: tuple[Observation, ...] = ()
    """Oldest first."""


def good_releases(
    history: History,
    *,
    current: str | None,
    policy: DecisionPolicy,
    onset: datetime | None = None,
    excluded: frozenset[str] = frozenset(),
) -> tuple[GoodRelease, ...]:
    """Releases to go back to, best first: observed healthy before merely served, newer before older.

    Never the release that runs now, the one whose deployment is suspected (the newest one before onset, if recent),
    one whose last observation was unhealthy, or one in `excluded` (left behind or tried in this incident).
    """
    last = {o.release: o for o in history.observations}
    never = excluded | {sha for sha, o in last.items() if not o.healthy}
    suspect = recent_deployment(history.deploys, onset=onset, policy=policy) if onset else None
    told = [current or "", suspect.sha if suspect else ""]
    observed = [_observed(o) for o in sorted(last.values(), key=lambda o: o.at, reverse=True) if o.healthy]
    served = _served(history.deploys, policy, onset) if policy.trust_deploy_history else []
    ranked = [
        good
        for good in [*observed, *served]
        if good.release not in never and not any(names(sha, good.release) for sha in told)
    ]
    return tuple({g.release: g for g in reversed(ranked)}[sha] for sha in dict.fromkeys(g.release for g in ranked))


SHORTEST = 7
"""Hex digits git itself abbreviates a commit to at least."""


def names(told: str, release: str) -> bool:
    """Return True if a commit as somebody states it, perhaps abbreviated, names this release."""
    return len(told) >= SHORTEST and release.startswith(told)


def _observed(seen: Observation) -> GoodRelease:
    why = f"seen healthy at {seen.at:%Y-%m-%d %H:%M} UTC by {seen.by}"
    return GoodRelease(release=seen.release, ground="observed_healthy", why=why, at=seen.at)


def _served(deploys: Sequence[Deploy], policy: DecisionPolicy, onset: datetime | None) -> list[GoodRelease]:
    """Releases that served at least so long until another one was deployed; time after onset is no good service."""
    least = timedelta(minutes=policy.good_after_minutes)
    terms = [list(group) for _, group in itertools.groupby(deploys, key=lambda deploy: deploy.sha)]
    found: list[GoodRelease] = []
    for later, term in itertools.pairwise(terms):
        release, began, ended = term[-1].sha, term[-1].at, later[-1].at
        span = min(ended, onset or ended) - began
        if span >= least and _full(release):
            why = f"served for {_words(span)} until the next deployment; no healthy observation is on record"
            found.append(GoodRelease(release=release, ground="served", why=why, at=began))
    return found


def _full(sha: str) -> bool:
    return len(sha) in (40, 64) and set(sha) <= set("0123456789abcdef")


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"


ONSET_TOLERANCE = timedelta(minutes=5)
"""A stated onset is an estimate, and a host's clock is not ours: a deployment this long after it may be the cause."""


def recent_deployment(deploys: Sequence[Deploy], *, onset: datetime, policy: DecisionPolicy) -> Deploy | None:
    """The newest deployment inside the window before onset; one clearly after onset cannot have caused it."""
    window = timedelta(hours=policy.recent_deployment_hours)
    inside = [d for d in deploys if onset - window <= d.at <= onset + ONSET_TOLERANCE]
    return max(inside, key=lambda d: d.at, default=None)
