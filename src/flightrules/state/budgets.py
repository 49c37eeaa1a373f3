"""Running budgets of an incident at a moment: how long each has, how much is left, and which ran out.

Knows: when each clock starts and stops (protocol: response times, phase limits, communication, monitoring).
Must not know: the time; it is handed in. A restart in between changes nothing, since all clocks start at events.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from flightrules.state.incident import Incident
from flightrules.state.messages.update import rhythm
from flightrules.state.policy import Policy
from flightrules.state.vocabulary import Phase, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One budget. `left_s` is zero or less once it ran out."""

    name: str
    started_at: datetime
    limit_s: int
    left_s: int
    spent: bool
    """True if the budget has run out."""

    @property
    def ran_out_at(self) -> datetime:
        """The moment at which it runs or ran out."""
        return self.started_at + timedelta(seconds=self.limit_s)


def running_budgets(incident: Incident, policy: Policy, now: datetime) -> tuple[Budget, ...]:
    """The budgets whose clocks run now."""
    return tuple(_budget(*clock, now) for clock in _clocks(incident, policy))


def running(incident: Incident, policy: Policy, now: datetime, names: Container[str]) -> tuple[Budget, ...]:
    """Those of them that have one of these names."""
    return tuple(_budget(*clock, now) for clock in _clocks(incident, policy) if clock[0] in names)


def spent(incident: Incident, policy: Policy, now: datetime, names: Container[str]) -> tuple[Budget, ...]:
    """Those of these names that ran out."""
    return tuple(
        _budget(name, start, minutes, now)
        for name, start, minutes in _clocks(incident, policy)
        if name in names and _left(start, minutes, now) <= 0
    )


Clock = tuple[str, datetime, int]
"""A budget's name, when its clock started, and its minutes."""


def _clocks(incident: Incident, policy: Policy) -> list[Clock]:
    """Lists rather than generators: each command asks twice, and each answer once more."""
    if incident.phase is Phase.CLOSED:
        return []
    restored = incident.restored_at
    after = _watching(incident, policy, restored) if restored is not None else []
    return [*_mitigating(incident, policy), *_acting(incident, policy), *_telling(incident, policy), *after]


def _mitigating(incident: Incident, policy: Policy) -> list[Clock]:
    limits, clocks = policy.budgets, list[Clock]()
    if incident.phase is Phase.DETECTED:
        clocks.append(("assessment", incident.detected_at, limits.assessment))
    if incident.mitigated_at is None:
        clocks.append(("response", incident.detected_at, limits.response.of(incident.severity or Severity.P1)))
    return clocks


def _acting(incident: Incident, policy: Policy) -> list[Clock]:
    limits, started = policy.budgets, incident.fix_started_at
    if incident.phase is Phase.ROLLING_BACK and incident.approved_at is not None:
        return [("rollback", incident.approved_at, limits.rollback)]
    if incident.phase is Phase.FIXING and started is not None:
        return [("fix_wanted", started, limits.fix_wanted), ("fix", started, incident.pace_fix or limits.fix_limit)]
    return []


def _telling(incident: Incident, policy: Policy) -> list[Clock]:
    limits, clocks = policy.budgets, list[Clock]()
    if rhythm(incident):
        cadence = incident.pace_updates or limits.internal_update
        clocks.append(("internal_update", incident.told_at or incident.detected_at, cadence))
    raised, since = incident.raised_at, incident.raised_at or incident.detected_at
    untold = incident.public_at is None and not incident.voice
    if incident.severity is not None and untold and (incident.restored_at is None or raised):
        clocks.append(("external_notice", since, limits.external_notice.of(incident.severity)))
    return clocks


def _watching(incident: Incident, policy: Policy, since: datetime) -> list[Clock]:
    limits = policy.budgets
    clocks = [
        ("monitoring_continuous", since, limits.monitoring_continuous),
        ("monitoring_health", since, limits.monitoring_health),
        ("monitoring_errors", since, limits.monitoring_errors),
        ("monitoring_recurrence", since, limits.monitoring_recurrence),
    ]
    if incident.severity in (Severity.P1, Severity.P2) and not incident.reported:
        clocks.append(("review", since, limits.review_days * 24 * 60))
    return clocks


def _budget(name: str, start: datetime, minutes: int, now: datetime) -> Budget:
    left = _left(start, minutes, now)
    return Budget(name=name, started_at=start, limit_s=minutes * 60, left_s=left, spent=left <= 0)


def _left(start: datetime, minutes: int, now: datetime) -> int:
    return minutes * 60 - int((now - start).total_seconds())


DEADLINES = frozenset({"assessment", "response", "rollback", "fix", "internal_update", "external_notice"})
"""Budgets whose end is a breach; the others (monitoring, review, wanted) merely end or remind."""


def newly_breached(incident: Incident, policy: Policy, now: datetime) -> tuple[Budget, ...]:
    """Deadlines that ran out and are not on record as breached yet."""
    return spent(incident, policy, now, DEADLINES - incident.breached)


def left(incident: Incident, policy: Policy, now: datetime, name: str) -> int:
    """Seconds left of one budget; 0 where it does not run."""
    return next((b.left_s for b in running(incident, policy, now, (name,))), 0)


def assessment_over(incident: Incident, policy: Policy, now: datetime) -> bool:
    """Return True if `classify` may be called without an assessment because the time for the assessment has run out.

    The budget counts from the time at which the server was told of the incident. The time of detection is stated by an
    agent, and nothing that an agent states unlocks a call.
    """
    return _left(incident.opened_at, policy.budgets.assessment, now) <= 0


def response_left(incident: Incident, policy: Policy, now: datetime) -> int:
    """Seconds left to find the cause before rollback is the decision; 0 once a mitigation has started.

    Its end unlocks a rollback, so it counts from when the server heard of the incident, and not from detection.
    """
    if incident.mitigated_at is not None:
        return 0
    return _left(incident.opened_at, policy.budgets.response.of(incident.severity or Severity.P1), now)
