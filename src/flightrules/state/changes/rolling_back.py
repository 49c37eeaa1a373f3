"""A rollback that runs.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident
from flightrules.state.plan import Plan
from flightrules.state.vocabulary import Path


def _rolling_back(incident: Incident, event: e.RollbackStarted, at: datetime) -> Change:
    spent = {event.approval, *event.approvals}
    return {
        "rollback_plan": incident.plan,
        "approver": " and ".join(dict.fromkeys(a.approver for a in incident.approvals if a.id in spent)),
        "proof": (),
        "rollback_outcome": "",
        "rollback_says": "",
        "approvals_spent": incident.approvals_spent | spent,
        "approved_until": min((a.until for a in incident.approvals if a.id in spent), default=None),
        "approval": None,
        "approvals": (),
        "plan": None,
        "operations": event.operations,
        "launching": frozenset(),
        "looks": (),
        "hosts_done": (),
        "awaited": (),
        "rollback_started_at": at,
        "asked": event.asked or tuple((host, at) for _, host in event.operations),
        "mitigation": "rollback",
        "fix_over": False,
        "verdict": None,
        "left_behind": incident.left_behind | _left(incident.plan),
        "breached": incident.breached - {"rollback"},
        "rollback_healthy_at": None,
        "mitigated_at": incident.mitigated_at or at,
        "rollbacks_tried": incident.rollbacks_tried + 1,
    }


def _left(plan: Plan | None) -> frozenset[str]:
    return frozenset(
        {plan.from_release, *(host.survey.head for host in plan.hosts)} - {plan.to_release} if plan else ()
    )


def _launching(incident: Incident, event: e.OperationLaunching, _at: datetime) -> Change:
    return {"launching": incident.launching | {event.operation}}


def _seen(incident: Incident, event: e.OperationSeen, _at: datetime) -> Change:
    return {"looks": tuple({**dict(incident.looks), event.operation: event.look}.items())}


def _awaited(incident: Incident, event: e.ProofAwaited, at: datetime) -> Change:
    others = (one for one in incident.awaited if one[1].operation != event.operation)
    return {"awaited": (*others, (at, event))}


def _host_finished(incident: Incident, event: e.HostFinished, _at: datetime) -> Change:
    return {"hosts_done": (*incident.hosts_done, event)}


def _rollback_finished(incident: Incident, event: e.RollbackFinished, at: datetime) -> Change:
    ended: Change = {"rollback_outcome": event.outcome, "rollback_says": event.says, "mitigation_ended_at": at}
    if event.outcome == "untouched":
        return {**ended, **_as_before(incident)}
    if event.outcome == "succeeded":
        return {**ended, "rollback_healthy_at": at}
    return {**ended, "path": Path.PERSON, "decided_by": "rules", "chosen": None, "decided_at": at}


def _as_before(incident: Incident) -> Change:
    """Return the change after an attempt that touched nothing: the decision stands, and no mitigation began."""
    first = incident.mitigated_at == incident.rollback_started_at
    tried = incident.rollbacks_tried - 1
    mitigation = "rollback" if tried else ("fix" if incident.fix_started_at else "")
    return {
        "rollbacks_tried": tried,
        "mitigation": mitigation,
        "mitigated_at": None if first else incident.mitigated_at,
        "mitigation_ended_at": None if first else incident.mitigation_ended_at,
    }


def _proven(incident: Incident, event: e.ProofTaken, _at: datetime) -> Change:
    return {"proof": (*incident.proof, *((event.host, claim) for claim in event.claims))}


CHANGES: Table = {
    e.RollbackStarted: _rolling_back,
    e.OperationLaunching: _launching,
    e.OperationSeen: _seen,
    e.ProofAwaited: _awaited,
    e.ProofTaken: _proven,
    e.HostFinished: _host_finished,
    e.RollbackFinished: _rollback_finished,
}
