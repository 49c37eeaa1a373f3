"""Standing of an incident, part of every answer: phase, severity, budgets left and the calls that are legal now.

Knows: which calls are legal in which circumstances. Must not know: what a call does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from flightrules.state.budgets import Budget, assessment_over, running_budgets
from flightrules.state.incident import Incident
from flightrules.state.monitoring import Schedule, courses, schedule
from flightrules.state.phases import LEGAL, RESTORED
from flightrules.state.policy import Policy
from flightrules.state.value import Value
from flightrules.state.vocabulary import Path, Phase, Severity, Verdict


class Next(Value):
    """A call that is legal now, and why one would make it."""

    call: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentStatus:
    """Standing of the incident at this moment."""

    incident: str
    phase: Phase
    severity: Severity | None
    budgets: tuple[Budget, ...]
    next: tuple[Next, ...]
    monitoring: str = ""
    """Progress of extended monitoring, in one sentence; empty if nothing is monitored."""


_WHY = {
    "assess": "collect evidence from production",
    "classify": "give it a severity from evidence and stated impact",
    "decide": "walk the decision tree",
    "rollback": "plan the rollback and ask a person to approve it",
    "fix": "begin the fix",
    "verify": "check whether production is restored",
    "analyze": "find the root cause: ask why, compare releases",
    "write_report": "write the incident report",
    "report_to_planner": "hand findings to the planner",
    "close": "a person closes it: flightrules close",
}


def status_of(incident: Incident, policy: Policy, now: datetime) -> IncidentStatus:
    """Return the standing of an incident."""
    budgets = running_budgets(incident, policy, now)
    return IncidentStatus(
        incident=incident.id,
        phase=incident.phase,
        severity=incident.severity,
        budgets=budgets,
        next=(*_legal(incident, policy, now), *_overdue(budgets)),
        monitoring=monitoring_words(incident, policy, now),
    )


OVERDUE = timedelta(minutes=1)
"""So long after its time a check is still under way; later than that, nobody seems to watch."""


def monitoring_words(incident: Incident, policy: Policy, now: datetime) -> str:
    """The last check, the next one, and how many were made, could not see, and were missed."""
    if incident.restored_at is None or incident.phase not in RESTORED:
        return ""
    watched, stands = incident.watched, schedule(incident, policy, now)
    counts = f"{watched.ok} ok, {watched.inconclusive} inconclusive, {watched.missed} missed"
    last = f"last {watched.last} {watched.last_at:%H:%M:%S}" if watched.last_at else "no check yet"
    return f"{counts}; {last}; {_next(stands, incident.restored_at, policy, now)}"


def _next(stands: Schedule, restored: datetime, policy: Policy, now: datetime) -> str:
    of = {course.watch: course for course in courses(policy)}
    since = min((of[slot.watch].at(slot.number, restored) for slot in stands.due), default=None)
    since = min((at for at in (since, *(gap.first_at for gap in stands.gaps)) if at), default=None)
    if since is not None and now - since > OVERDUE:
        return f"overdue since {since:%H:%M:%S}: does `flightrules watch` run?"
    if since is not None:
        return "next now"
    return f"next {stands.next_at:%H:%M:%S} UTC" if stands.next_at else "over"


def next_calls(incident: Incident, policy: Policy, now: datetime) -> tuple[Next, ...]:
    """The legal calls, the natural next one first."""
    return (*_legal(incident, policy, now), *_overdue(running_budgets(incident, policy, now)))


def _legal(incident: Incident, policy: Policy, now: datetime) -> list[Next]:
    return [
        _next_call(call, _why(incident, call))
        for call in listed_calls(incident)
        if not objection(incident, call, policy, now)
    ]


@lru_cache(maxsize=64)
def _next_call(call: str, why: str) -> Next:
    """The same few stand in every answer."""
    return Next(call=call, why=why)


UPDATES = {"internal_update": "those who work on it", "external_notice": "the public (external=true)"}
"""Budgets that an update ends, and whom it tells."""


def _overdue(budgets: Iterable[Budget]) -> list[Next]:
    """`post_update` is always legal until an incident is closed; it is named where one is overdue."""
    overdue = [UPDATES[budget.name] for budget in budgets if budget.spent and budget.name in UPDATES]
    return [_next_call("post_update", f"overdue: tell {' and '.join(overdue)}")] if overdue else []


def _why(incident: Incident, call: str) -> str:
    if call == "rollback":
        return _why_rollback(incident)
    if call == "fix" and incident.phase is Phase.FIXING:
        return "report the fix as deployed, failed or abandoned"
    if call == "decide" and incident.path is Path.PERSON:
        return "a person decides: flightrules decide"
    if call == "verify" and incident.phase is Phase.VERIFYING and incident.verdict is Verdict.INCONCLUSIVE:
        return "look again; if it stays inconclusive a person may run: flightrules accept, or flightrules decide"
    return _WHY[call]


def _why_rollback(incident: Incident) -> str:
    if incident.phase is Phase.ROLLING_BACK:
        return "follow the running rollback"
    if incident.approval:
        return "start the approved rollback"
    return "ask again whether the plan is approved" if incident.plan else _WHY["rollback"]


def listed_calls(incident: Incident) -> tuple[str, ...]:
    """The calls that the phase lists; an incident that was stood down may still have its report."""
    stood_down = incident.phase is Phase.CLOSED and incident.stood_down
    return ("write_report",) if stood_down else LEGAL[incident.phase]


STANDS = (Phase.DECIDED, Phase.CLASSIFIED)
"""Phases in which a person's decision stands: another severity does not hand it back to the agent."""


def objection(incident: Incident, call: str, policy: Policy, now: datetime) -> str:
    """Return the reason that a call that the phase lists is still not legal; empty if it is legal."""
    if call == "classify" and incident.phase is Phase.DETECTED:
        late = assessment_over(incident, policy, now)
        minutes = policy.budgets.assessment
        return "" if late else f"Assess first; without it only once the incident has been open for {minutes} min."
    if call == "rollback" and incident.phase is Phase.DECIDED and incident.path is not Path.ROLLBACK:
        return f"The decision was {incident.path}, not rollback."
    if call == "decide" and incident.phase in STANDS and incident.decided_by == "person":
        return f"A person decided on {incident.path}; only a person takes that back: flightrules decide {incident.id}."
    if call == "fix" and incident.phase is Phase.DECIDED and incident.path is not Path.FIX:
        return f"The decision was {incident.path}, not fix."
    return ""
