"""How each event changes an incident. Folding the same log always gives the same incident.

Knows: the meaning of each event for the state. Must not know: whether an event was allowed (rules do).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from flightrules.errors import Defect
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.phases import MOVING, after
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
    event = e.event_of(record.kind, record.data)
    if isinstance(event, e.IncidentOpened):
        return _opened(event, record)
    if incident is None:
        return None
    change = _CHANGES.get(type(event))
    fields = change(incident, event, record) if change else {}
    return replace(incident, version=record.version, phase=_phase(incident, event), **fields)


def _phase(incident: Incident, event: e.Event) -> Phase:
    moved = after(incident.phase, event.moves)
    if moved is None and event.kind in MOVING:
        raise Defect(f"{event.moves} cannot happen in phase {incident.phase}")
    return moved or incident.phase


def _opened(event: e.IncidentOpened, record: Recorded) -> Incident:
    return Incident(
        id=event.incident,
        version=record.version,
        target=event.target,
        title=event.title,
        detected_at=event.detected_at,
        onset_at=event.onset_at,
        opened_at=record.at,
    )


def _evidence(incident: Incident, event: e.EvidenceRecorded, _record: Recorded) -> Change:
    return {"evidence": (*incident.evidence, event.id)}


def _history(_incident: Incident, event: e.HistoryRead, _record: Recorded) -> Change:
    return {"history": event.history}


def _assessed(incident: Incident, event: e.AssessmentRecorded, record: Recorded) -> Change:
    baseline = incident.baseline if incident.mitigated_at and incident.baseline else event.facts
    return {"facts": event.facts, "baseline": baseline, "assessed_at": incident.assessed_at or record.at}


def _classified(incident: Incident, event: e.SeverityClassified, _record: Recorded) -> Change:
    impacts = incident.impacts | frozenset(event.impacts)
    return {"severity": event.severity, "floor": event.floor, "impacts": impacts, **_no_plan()}


def _no_plan() -> Change:
    return {"plan": None, "plan_policy": "", "approval": None}


def _breached(incident: Incident, event: e.BudgetBreached, _record: Recorded) -> Change:
    return {"breached": incident.breached | {event.budget}}


def _decided(_incident: Incident, event: e.PathDecided, _record: Recorded) -> Change:
    return {"path": event.path, "decided_by": event.by, "chosen": event.release, **_no_plan()}


def _proposed(_incident: Incident, event: e.PlanProposed, _record: Recorded) -> Change:
    return {"plan": event.plan, "plan_policy": event.policy, "approval": None, "rejection": None}


def _dropped(_incident: Incident, _event: e.PlanDropped, _record: Recorded) -> Change:
    return _no_plan()


def _approved(_incident: Incident, event: e.ApprovalGranted, _record: Recorded) -> Change:
    return {"approval": event, "rejection": None}


def _rejected(_incident: Incident, event: e.ApprovalRejected, _record: Recorded) -> Change:
    return {"rejection": event, **_no_plan()}


def _rolling_back(incident: Incident, event: e.RollbackStarted, record: Recorded) -> Change:
    return {
        "rollback_plan": incident.plan,
        "approvals_spent": incident.approvals_spent | {event.approval},
        "approval": None,
        "plan": None,
        "operations": event.operations,
        "launching": frozenset(),
        "looks": (),
        "hosts_done": (),
        "rollback_started_at": record.at,
        "approved_at": record.at,
        "rollback_healthy_at": None,
        "mitigated_at": incident.mitigated_at or record.at,
        "rollbacks_tried": incident.rollbacks_tried + 1,
    }


def _launching(incident: Incident, event: e.OperationLaunching, _record: Recorded) -> Change:
    return {"launching": incident.launching | {event.operation}}


def _seen(incident: Incident, event: e.OperationSeen, _record: Recorded) -> Change:
    return {"looks": tuple({**dict(incident.looks), event.operation: event.look}.items())}


def _host_finished(incident: Incident, event: e.HostFinished, _record: Recorded) -> Change:
    return {"hosts_done": (*incident.hosts_done, event)}


def _rollback_finished(_incident: Incident, event: e.RollbackFinished, record: Recorded) -> Change:
    if event.outcome == "succeeded":
        return {"mitigation_ended_at": record.at, "rollback_healthy_at": record.at}
    return {"path": Path.PERSON, "decided_by": "rules", "mitigation_ended_at": record.at}


def _fix_started(incident: Incident, event: e.FixStarted, record: Recorded) -> Change:
    first = incident.mitigated_at or record.at
    return {"fix_started_at": record.at, "fix_branch": event.branch, "mitigated_at": first, "fix_failed": False}


def _fix_ended(_incident: Incident, event: e.FixEnded, record: Recorded) -> Change:
    deployed = event.outcome == "deployed"
    path = {} if deployed else {"path": Path.ROLLBACK, "chosen": None}
    return {"fix_reference": event.reference, "fix_failed": not deployed, "mitigation_ended_at": record.at, **path}


def _verified(incident: Incident, event: e.VerificationRecorded, record: Recorded) -> Change:
    restored = event.verdict is Verdict.RESTORED
    change: Change = {"verdict": event.verdict, "facts": event.facts, "verified_at": record.at}
    if restored:
        return {**change, "restored_at": incident.restored_at or record.at}
    if event.verdict is Verdict.NOT_RESTORED:
        return {**change, **_again(incident)}
    return change


def _again(incident: Incident) -> Change:
    """Not restored, or back again: a fix that did not help counts as failed; a rollback was the one attempt."""
    fixed = incident.fix_started_at is not None and incident.rollbacks_tried == 0
    return {"restored_at": None, "path": Path.ROLLBACK if fixed else Path.PERSON, "fix_failed": fixed, "chosen": None}


def _recurred(incident: Incident, _event: e.RecurrenceDetected, _record: Recorded) -> Change:
    return _again(incident)


def _root_cause(_incident: Incident, event: e.RootCauseRecorded, _record: Recorded) -> Change:
    return {"root_cause": event.root_cause}


def _reported(_incident: Incident, event: e.ReportWritten, _record: Recorded) -> Change:
    return {"report_path": event.path}


def _planner(_incident: Incident, _event: e.PlannerReported, _record: Recorded) -> Change:
    return {"reported": True}


def _closed(_incident: Incident, _event: e.Event, record: Recorded) -> Change:
    return {"closed_at": record.at}


_CHANGES: dict[type[e.Event], Callable[[Incident, Any, Recorded], Change]] = {
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
