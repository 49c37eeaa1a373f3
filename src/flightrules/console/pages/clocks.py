"""Clocks of an incident as they stand on a page: what is left of each budget, and which one runs out next.

Knows: the words for each budget. Must not know: when a budget starts or ends (service).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flightrules.service.answers import BudgetLeft
from flightrules.state.budgets import DEADLINES
from flightrules.state.incident import Incident
from flightrules.state.words import span

State = Literal["running", "hot", "late", "met"]
HOT_SHARE = 0.25
"""Below this share of a budget its clock is shown as hot."""
MINUTE, HOUR, DAY = 60, 3600, 86_400

NAMES = {
    "assessment": ("Assessment", "until the assessment should be done"),
    "response": ("Response", "until a mitigation should have started"),
    "rollback": ("Rollback", "until the rollback should be done"),
    "fix_wanted": ("Fix, wanted", "until the fix was wanted"),
    "fix": ("Fix", "until rollback is the decision"),
    "internal_update": ("Next update inside", "until the next update inside"),
    "external_notice": ("Public notice", "until the public should be told"),
    "monitoring_continuous": ("Logs watched", "of continuous watching left"),
    "monitoring_health": ("Health watched", "of health checks left"),
    "monitoring_errors": ("Error rate watched", "of watching the error rate left"),
    "monitoring_recurrence": ("Recurrence watched", "of watching for recurrence left"),
    "review": ("Review", "until the review is due"),
}
"""Name of each budget, and what its remaining time means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock on a page."""

    name: str
    label: str
    words: str
    """Remaining time in words: `9:15 left`, `late by 1:51`, `kept, 1:38`."""
    state: State
    big: str = ""
    says: str = ""
    until: datetime | None = None
    limit_s: int = 0
    spent_s: int = 0

    @property
    def runs(self) -> bool:
        """Return True if the clock still runs."""
        return self.state != "met"


def short_span(seconds: int) -> str:
    """Return a span as a clock shows it: `9:15`, `16 h`, `3 days`; a negative one has a minus sign."""
    sign, left = ("\u2212", -seconds) if seconds < 0 else ("", seconds)
    if left < HOUR:
        return f"{sign}{left // MINUTE}:{left % MINUTE:02}"
    if left < 2 * DAY:
        hours, minutes = left // HOUR, left % HOUR // MINUTE
        return f"{sign}{hours} h {minutes:02} min" if hours < 10 else f"{sign}{hours} h"  # noqa: PLR2004 - two digits
    return f"{sign}{left // DAY} days"


def running_clock(budget: BudgetLeft, now: datetime) -> Clock:
    """Return a running budget as a clock."""
    name, says = NAMES.get(budget.name, (budget.name, "left"))
    late = budget.left_s <= 0
    hot = not late and budget.left_s < budget.limit_s * HOT_SHARE and budget.name in DEADLINES
    if late and budget.name not in DEADLINES:
        return Clock(name=budget.name, label=_label(name, budget.limit_s), words="over", state="met")
    return Clock(
        name=budget.name,
        label=_label(name, budget.limit_s),
        words=f"late by {short_span(-budget.left_s)}" if late else f"{short_span(budget.left_s)} left",
        state="late" if late else "hot" if hot else "running",
        big=short_span(budget.left_s),
        says=f"{name.lower()} is late" if late else says,
        until=now + timedelta(seconds=budget.left_s),
        limit_s=max(budget.limit_s, 1),
        spent_s=min(max(budget.limit_s - budget.left_s, 0), max(budget.limit_s, 1)),
    )


def _label(name: str, limit_s: int) -> str:
    return f"{name}, {span(limit_s)}" if limit_s else f"{name}, at once"


def next_clock(clocks: Iterable[Clock]) -> Clock | None:
    """Return the clock that runs out next, late ones first; deadlines come before what is merely watched."""
    running = [clock for clock in clocks if clock.runs and clock.until is not None]
    deadlines = [clock for clock in running if clock.name in DEADLINES]
    ends = [(clock.until, clock.name, clock) for clock in deadlines or running if clock.until is not None]
    return min(ends, key=lambda one: one[:2])[2] if ends else None


def clocks_of(budgets: Sequence[BudgetLeft], incident: Incident, now: datetime) -> tuple[Clock, ...]:
    """Return every clock of an incident: those that run, and before them those that ended."""
    running = [running_clock(budget, now) for budget in budgets]
    names = {clock.name for clock in running}
    return (*(clock for clock in _ended(incident) if clock.name not in names), *running)


def _ended(incident: Incident) -> Iterable[Clock]:
    ends = {
        "assessment": incident.assessed_at,
        "response": incident.mitigated_at,
        "rollback": incident.rollback_healthy_at,
        "external_notice": incident.public_at,
    }
    for name, at in ends.items():
        if at is None:
            continue
        late = name in incident.breached
        words = f"late, {at:%H:%M:%S}" if late else f"kept, {at:%H:%M:%S}"
        yield Clock(name=name, label=NAMES[name][0], words=words, state="met" if not late else "late")
