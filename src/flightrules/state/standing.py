"""Where an incident stands: phase, severity, budgets left and what may be called now. Part of every answer.

Knows: which calls are legal in which circumstances. Must not know: what a call does.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.budgets import Budget, running_budgets
from flightrules.state.incident import Incident
from flightrules.state.phases import LEGAL
from flightrules.state.policy import Policy
from flightrules.state.value import Value
from flightrules.state.vocabulary import Path, Phase, Severity, Verdict


class Next(Value):
    """A call that is legal now, and why one would make it."""

    call: str
    why: str


class Standing(Value):
    """Where the incident stands at this moment."""

    incident: str
    phase: Phase
    severity: Severity | None
    budgets: tuple[Budget, ...]
    next: tuple[Next, ...]


_WHY = {
    "assess": "collect evidence from production",
    "classify": "give it a severity from evidence and stated impact",
    "decide": "walk the decision tree",
    "rollback": "plan the rollback and ask a person to approve it",
    "fix": "begin the fix",
    "verify": "check whether production is restored",
    "write_report": "write the incident report",
    "report_to_planner": "hand findings to the planner",
    "close": "a person closes it: flightrules close",
}


def standing(incident: Incident, policy: Policy, now: datetime) -> Standing:
    """Where an incident stands."""
    return Standing(
        incident=incident.id,
        phase=incident.phase,
        severity=incident.severity,
        budgets=running_budgets(incident, policy, now),
        next=next_calls(incident, policy, now),
    )


def next_calls(incident: Incident, policy: Policy, now: datetime) -> tuple[Next, ...]:
    """The legal calls, the natural next one first."""
    return tuple(
        Next(call=call, why=_why(incident, call))
        for call in LEGAL[incident.phase]
        if not objection(incident, call, policy, now)
    )


def _why(incident: Incident, call: str) -> str:
    if call == "rollback":
        return _why_rollback(incident)
    if call == "fix" and incident.phase is Phase.FIXING:
        return "report the fix as deployed, failed or abandoned"
    if call == "decide" and incident.path is Path.PERSON:
        return "a person decides: flightrules decide"
    if call == "verify" and incident.phase is Phase.VERIFYING and incident.verdict is Verdict.INCONCLUSIVE:
        return "look again; where it stays inconclusive a person may run: flightrules accept, or flightrules decide"
    return _WHY[call]


def _why_rollback(incident: Incident) -> str:
    if incident.phase is Phase.ROLLING_BACK:
        return "follow the running rollback"
    if incident.approval:
        return "start the approved rollback"
    return "ask again whether the plan is approved" if incident.plan else _WHY["rollback"]


def objection(incident: Incident, call: str, policy: Policy, now: datetime) -> str:
    """Why a call that the phase lists is still not legal; empty when it is."""
    if call == "classify" and incident.phase is Phase.DETECTED:
        spent = any(b.name == "assessment" and b.spent for b in running_budgets(incident, policy, now))
        return "" if spent else "Assess first; without it only once the assessment budget is spent."
    if call == "rollback" and incident.phase is Phase.DECIDED and incident.path is not Path.ROLLBACK:
        return f"The decision was {incident.path}, not rollback."
    if call == "decide" and incident.phase is Phase.DECIDED and incident.decided_by == "person":
        return f"A person decided on {incident.path}; only a person takes that back: flightrules decide {incident.id}."
    if call == "fix" and incident.phase is Phase.DECIDED and incident.path is not Path.FIX:
        return f"The decision was {incident.path}, not fix."
    return ""
