"""The schedule of extended monitoring: which checks are due, which were missed, and when the next one is.

Knows: the spans and distances of the protocol's four watches, counted from restoration.
Must not know: how a check is made (service), nor what it means (recurrence.py). The time is handed in.
Check number n of a watch belongs to the time from n distances after restoration to n + 1: one that nobody made
until then is missed, whatever is seen later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flightrules.state.incident import Incident
from flightrules.state.phases import RESTORED
from flightrules.state.policy import Policy
from flightrules.state.value import keep
from flightrules.state.vocabulary import Watch
from flightrules.state.watched import Gap, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Timing of one watch."""

    watch: Watch
    every: timedelta
    checks: int
    """Total number of checks."""

    def at(self, number: int, restored_at: datetime) -> datetime:
        """Return the time at which a check is due."""
        return restored_at + self.every * number

    def reached(self, restored_at: datetime, now: datetime) -> int:
        """The newest check whose time has begun."""
        return min(self.checks, max(0, (now - restored_at) // self.every))

    def over(self, restored_at: datetime, now: datetime) -> bool:
        """Return True if the time of the last check has ended as well."""
        return now >= self.at(self.checks + 1, restored_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """State of the monitoring at one moment."""

    due: tuple[Slot, ...] = ()
    gaps: tuple[Gap, ...] = ()
    """Checks that nobody made in their time, and that are not on record as missed yet."""
    next_at: datetime | None = None
    """Time of the next check that is not due yet; None if there is no further check."""


def courses(policy: Policy) -> tuple[Course, ...]:
    """The four watches as policy has them."""
    return keep(policy, "courses", _courses)


def _courses(policy: Policy) -> tuple[Course, ...]:
    limits = policy.budgets
    spans = (
        (Watch.LOGS, limits.monitoring_continuous, timedelta(seconds=limits.monitoring_continuous_every_seconds)),
        (Watch.HEALTH, limits.monitoring_health, timedelta(minutes=limits.monitoring_health_every)),
        (Watch.ERRORS, limits.monitoring_errors, timedelta(minutes=limits.monitoring_errors_every)),
        (Watch.RECURRENCE, limits.monitoring_recurrence, timedelta(minutes=limits.monitoring_recurrence_every)),
    )
    return tuple(
        Course(watch=watch, every=every, checks=timedelta(minutes=minutes) // every) for watch, minutes, every in spans
    )


def schedule(incident: Incident, policy: Policy, now: datetime) -> Schedule:
    """Return the checks that are due, those that were missed and the next one; empty if nothing is monitored."""
    if incident.restored_at is None or incident.phase not in RESTORED:
        return Schedule()
    restored = incident.restored_at
    reached = [(course, course.reached(restored, now)) for course in courses(policy)]
    due = tuple(
        Slot(watch=course.watch, number=number)
        for course, number in reached
        if number > incident.watched.number(course.watch) and not course.over(restored, now)
    )
    following = (course.at(number + 1, restored) for course, number in reached if number < course.checks)
    gaps = missed(incident, policy, due, now)
    return Schedule(due=due, gaps=gaps, next_at=min(following, default=None))


def missed(incident: Incident, policy: Policy, made: Sequence[Slot], now: datetime) -> tuple[Gap, ...]:
    """The checks that were left out before those that are made, or whose time is over without one."""
    restored, newest = incident.restored_at, {slot.watch: slot.number for slot in made}
    gaps: list[Gap] = []
    if restored is None:
        return ()
    for course in courses(policy):
        first = incident.watched.number(course.watch) + 1
        last = newest.get(course.watch, course.checks + 1 if course.over(restored, now) else 0) - 1
        if last >= first:
            times = (course.at(first, restored), course.at(last, restored))
            gaps.append(Gap(watch=course.watch, first=first, last=last, first_at=times[0], last_at=times[1]))
    return tuple(gaps)


def unwatched(incident: Incident, policy: Policy) -> tuple[Gap, ...]:
    """Return the rest of the schedule, one gap for each watch.

    Nobody will make these checks once the incident is closed.
    """
    if incident.restored_at is None or incident.phase not in RESTORED:
        return ()
    end = max(course.at(course.checks + 1, incident.restored_at) for course in courses(policy))
    return missed(incident, policy, (), end)
