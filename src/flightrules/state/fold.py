"""How each event changes an incident. Folding the same log always gives the same incident.

Knows: the meaning of each event for the state. Must not know: whether an event was allowed (rules do).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flightrules.errors import Defect
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.phases import MOVING, after
from flightrules.state.plan import Plan
from flightrules.state.vocabulary import Path, Phase, Verdict

Change = dict[str, Any]
"""Fields of `Incident` that an event replaces."""


def fold(records: Iterable[Recorded], start: Incident | None = None) -> Incident | None:
    """The incident after these records; None while no record opened one."""
    incident = start
    for record in records:
        incident = apply(incident, record)
    return incident


def apply(incident: Incident | None, record: Recorded) -> Incident | None:
    """The incident after one more record."""
    return step(incident, e.event_of(record.kind, record.data), at=record.at, version=record.version)


def step(incident: Incident | None, event: e.Event, *, at: datetime, version: int) -> Incident | None:
    """The incident after one more event that is, or is about to be, recorded at that time and version."""
    if isinstance(event, e.IncidentOpened):
        if incident is not None:
            raise Defect(f"incident {incident.id} is opened a second time in its own log")
        return _opened(event, at, version)
    if incident is None:
        return None
    change = _CHANGES.get(type(event))
    fields = change(incident, event, at) if change else {}
    return incident.but(version=version, phase=_phase(incident, event), **fields)


def _phase(incident: Incident, event: e.Event) -> Phase:
    moved = after(incident.phase, event.moves)
    if moved is None and event.kind in MOVING:
        raise Defect(f"{event.moves} cannot happen in phase {incident.phase}")
    return moved or incident.phase


def _opened(event: e.IncidentOpened, at: datetime, version: int) -> Incident:
    return Incident(
        id=event.incident,
        version=version,
        target=event.target,
        title=event.title,
        detected_at=event.detected_at,
        onset_at=event.onset_at,
        opened_at=at,
    )


def _evidence(incident: Incident, event: e.EvidenceRecorded, _at: datetime) -> Change:
    return {"evidence": (*incident.evidence, event.id)}


def _history(_incident: Incident, event: e.HistoryRead, _at: datetime) -> Change:
    return {"history": event.history}


def _assessed(incident: Incident, event: e.AssessmentRecorded, at: datetime) -> Change:
    baseline = incident.baseline if incident.mitigated_at and incident.baseline else event.facts
    return {"facts": event.facts, "baseline": baseline, "assessed_at": incident.assessed_at or at}


def _classified(incident: Incident, event: e.SeverityClassified, _at: datetime) -> Change:
    impacts = incident.impacts | frozenset(event.impacts)
    return {
        "severity": event.severity,
        "floor": event.floor,
        "bar": event.bar or event.floor,
        "overruled": frozenset(event.overruled),
        "impacts": impacts,
        "breached": incident.breached if event.severity is incident.severity else incident.breached - {"response"},
        **_no_plan(),
    }


def _no_plan() -> Change:
    return {"plan": None, "plan_policy": "", "requester": "", "approval": None, "approvals": ()}


def _breached(incident: Incident, event: e.BudgetBreached, _at: datetime) -> Change:
    return {"breached": incident.breached | {event.budget}}


def _decided(_incident: Incident, event: e.PathDecided, _at: datetime) -> Change:
    chosen: Change = {"chosen": event.release, "left_out": event.without}
    return {"path": event.path, "decided_by": event.by, **chosen, **_no_plan()}


def _proposed(_incident: Incident, event: e.PlanProposed, _at: datetime) -> Change:
    asked: Change = {"plan": event.plan, "plan_policy": event.policy, "requester": event.requester}
    return {**asked, "approval": None, "approvals": (), "rejection": None}


def _dropped(_incident: Incident, _event: e.PlanDropped, _at: datetime) -> Change:
    return _no_plan()


def _approved(incident: Incident, event: e.ApprovalGranted, at: datetime) -> Change:
    return {"approval": event, "approvals": (*incident.approvals, event), "approved_at": at, "rejection": None}


def _rejected(incident: Incident, event: e.ApprovalRejected, _at: datetime) -> Change:
    return {"rejection": event, "rejections": incident.rejections + 1, **_no_plan()}


def _rolling_back(incident: Incident, event: e.RollbackStarted, at: datetime) -> Change:
    spent = {event.approval, *event.approvals}
    return {
        "rollback_plan": incident.plan,
        "approver": " and ".join(dict.fromkeys(a.approver for a in incident.approvals if a.id in spent)),
        "proof": (),
        "rollback_outcome": "",
        "rollback_says": "",
        "approvals_spent": incident.approvals_spent | spent,
        "approval": None,
        "approvals": (),
        "plan": None,
        "operations": event.operations,
        "launching": frozenset(),
        "looks": (),
        "hosts_done": (),
        "rollback_started_at": at,
        "mitigation": "rollback",
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


def _host_finished(incident: Incident, event: e.HostFinished, _at: datetime) -> Change:
    return {"hosts_done": (*incident.hosts_done, event)}


def _rollback_finished(_incident: Incident, event: e.RollbackFinished, at: datetime) -> Change:
    ended: Change = {"rollback_outcome": event.outcome, "rollback_says": event.says, "mitigation_ended_at": at}
    if event.outcome == "succeeded":
        return {**ended, "rollback_healthy_at": at}
    return {**ended, "path": Path.PERSON, "decided_by": "rules", "chosen": None}


def _proven(incident: Incident, event: e.ProofTaken, _at: datetime) -> Change:
    return {"proof": (*incident.proof, *((event.host, claim) for claim in event.claims))}


def _fix_started(incident: Incident, event: e.FixStarted, at: datetime) -> Change:
    return {
        "fix_started_at": at,
        "fix_branch": event.branch,
        "mitigation": "fix",
        "verdict": None,
        "mitigated_at": incident.mitigated_at or at,
        "fix_failed": False,
        "breached": incident.breached - {"fix"},
    }


def _fix_ended(incident: Incident, event: e.FixEnded, at: datetime) -> Change:
    deployed = event.outcome == "deployed"
    path = {} if deployed else {"path": _fallback(incident), "decided_by": "rules", "chosen": None}
    return {"fix_reference": event.reference, "fix_failed": not deployed, "mitigation_ended_at": at, **path}


def _verified(incident: Incident, event: e.VerificationRecorded, at: datetime) -> Change:
    restored = event.verdict is Verdict.RESTORED
    change: Change = {"verdict": event.verdict, "facts": event.facts, "verified_at": at}
    if restored:
        return {**change, "restored_at": incident.restored_at or at}
    if event.verdict is Verdict.NOT_RESTORED:
        return {**change, **_again(incident)}
    return change


def _fallback(incident: Incident) -> Path:
    """A fix that did not help falls back to rollback; a rollback was the one attempt."""
    return Path.PERSON if incident.rollbacks_tried else Path.ROLLBACK


def _again(incident: Incident) -> Change:
    """Not restored, or back again: what was done did not help, and what was concluded from it is open again."""
    tried = incident.promised_release
    return {
        "restored_at": None,
        "path": _fallback(incident),
        "decided_by": "rules",
        "chosen": None,
        "fix_failed": incident.mitigation == "fix",
        "left_behind": incident.left_behind | ({tried} if tried else frozenset()),
        "root_cause": None,
        "reported": False,
    }


def _recurred(incident: Incident, _event: e.RecurrenceDetected, _at: datetime) -> Change:
    return _again(incident)


def _root_cause(_incident: Incident, event: e.RootCauseRecorded, _at: datetime) -> Change:
    return {"root_cause": event.root_cause}


def _reported(_incident: Incident, event: e.ReportWritten, _at: datetime) -> Change:
    return {"report_path": event.path}


def _planner(_incident: Incident, _event: e.PlannerReported, _at: datetime) -> Change:
    return {"reported": True}


def _closed(_incident: Incident, _event: e.Event, at: datetime) -> Change:
    return {"closed_at": at}


_CHANGES: dict[type[e.Event], Callable[[Incident, Any, datetime], Change]] = {
    e.EvidenceRecorded: _evidence,
    e.HistoryRead: _history,
    e.AssessmentRecorded: _assessed,
    e.SeverityClassified: _classified,
    e.BudgetBreached: _breached,
    e.PathDecided: _decided,
    e.PlanProposed: _proposed,
    e.PlanDropped: _dropped,
    e.ApprovalGranted: _approved,
    e.ApprovalRejected: _rejected,
    e.RollbackStarted: _rolling_back,
    e.OperationLaunching: _launching,
    e.OperationSeen: _seen,
    e.ProofTaken: _proven,
    e.HostFinished: _host_finished,
    e.RollbackFinished: _rollback_finished,
    e.FixStarted: _fix_started,
    e.FixEnded: _fix_ended,
    e.VerificationRecorded: _verified,
    e.RecurrenceDetected: _recurred,
    e.RootCauseRecorded: _root_cause,
    e.ReportWritten: _reported,
    e.PlannerReported: _planner,
    e.IncidentClosed: _closed,
    e.StoodDown: _closed,
}
