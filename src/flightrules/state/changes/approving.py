"""Decisions, plans and what people said of them.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Path


def _decided(incident: Incident, event: e.PathDecided, at: datetime) -> Change:
    chosen: Change = {"chosen": event.release, "left_out": event.without}
    chosen["held_back"] = incident.held_back or (event.by == "person" and event.path is not Path.ROLLBACK)
    chosen["doubts"] = event.warnings
    estimate = event.inputs.fix_minutes if event.inputs else None
    chosen |= {"pace_fix": event.fix_minutes, "estimate": estimate or incident.estimate}
    taken: Change = {"path": event.path, "decided_by": event.by, "decided_at": at, "fix_over": False}
    return {**taken, "rejection": None, **chosen, **no_plan()}


def no_plan() -> Change:
    """Return the change that removes the plan together with its approvals and forms."""
    return {"plan": None, "plan_policy": "", "requester": "", "approval": None, "approvals": (), "forms": ()}


def _proposed(_incident: Incident, event: e.PlanProposed, at: datetime) -> Change:
    asked: Change = {"plan": event.plan, "plan_policy": event.policy, "requester": event.requester}
    return {**asked, "approval": None, "approvals": (), "forms": (), "asked_at": at}


def _dropped(_incident: Incident, _event: e.PlanDropped, _at: datetime) -> Change:
    return no_plan()


def _approved(incident: Incident, event: e.ApprovalGranted, at: datetime) -> Change:
    given: Change = {"approval": event, "approvals": (*incident.approvals, event), "approved_at": at}
    return {**given, "rejection": None, "forms": _without(incident, event.client)}


def _rejected(incident: Incident, event: e.ApprovalRejected, _at: datetime) -> Change:
    return {"rejection": event, "rejections": incident.rejections + 1, **no_plan()}


def _form_put(incident: Incident, event: e.FormPut, at: datetime) -> Change:
    return {"forms": ((event.client, at), *_without(incident, event.client))}


def _form_closed(incident: Incident, event: e.FormClosed, _at: datetime) -> Change:
    if incident.plan is None or incident.plan.id != event.plan:
        return {}  # an answer about a plan that is gone says nothing of another one
    unsaid = event.how != "answered"
    formless = incident.formless | {event.client} if event.last else incident.formless
    return {
        "forms": _without(incident, event.client),
        "formless": formless,
        "unsaid": event.plan if unsaid else incident.unsaid,
    }


def _without(incident: Incident, client: str) -> tuple[tuple[str, datetime], ...]:
    return tuple(form for form in incident.forms if form[0] != client)


CHANGES: Table = {
    e.PathDecided: _decided,
    e.PlanProposed: _proposed,
    e.PlanDropped: _dropped,
    e.ApprovalGranted: _approved,
    e.ApprovalRejected: _rejected,
    e.FormPut: _form_put,
    e.FormClosed: _form_closed,
}
