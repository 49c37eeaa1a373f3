"""Pages and their acknowledgement: the events that page, and the acts of a person that show somebody is there.

Knows: which events wake people, and which only a person makes. Must not know: how often a page is sent again.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.base import Change
from flightrules.state.confirmed import only_stated
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Severity, Verdict

QUIET_BUDGETS = frozenset({"assessment", "internal_update"})
"""Budgets whose end wakes nobody."""

PERSONAL = (
    e.Acknowledged,
    e.ApprovalGranted,
    e.ApprovalRejected,
    e.UpdateApproved,
    e.UpdateRejected,
    e.PaceSet,
    e.MitigatedOtherwise,
    e.StoodDown,
    e.IncidentClosed,
)
"""Events that only a person makes: whoever makes one has taken what was paged before."""


def wakes(before: Incident, event: e.Event) -> bool:
    """Return True if an event pages the people on call."""
    if isinstance(event, e.SeverityClassified):
        return event.severity is Severity.P1 and before.severity is not Severity.P1
    if isinstance(event, e.BudgetBreached):
        return not quiet(before, event)
    if isinstance(event, e.RollbackFinished):
        return event.outcome != "succeeded"
    if isinstance(event, e.VerificationRecorded):
        return event.verdict is Verdict.NOT_RESTORED and before.verdict is not Verdict.NOT_RESTORED
    if isinstance(event, e.PeopleCalled):
        return True
    return isinstance(event, e.RecurrenceDetected) and event.seen


def quiet(incident: Incident, event: e.BudgetBreached) -> bool:
    """Return True if the end of a budget pages nobody.

    A notice that waits for a confirmation was paged with its severity. What had run out before the incident was opened
    wakes nobody as long as nothing is known to be bad now: somebody writes down what is over.
    """
    waits = event.budget == "external_notice" and only_stated(incident)
    past = event.ran_out_at <= incident.opened_at and (incident.severity is None or incident.shown.well)
    return waits or past or event.budget in QUIET_BUDGETS


def takes(event: e.Event) -> bool:
    """Return True if an event shows that a person is there."""
    decided = isinstance(event, e.PathDecided) and event.by == "person"
    return decided or isinstance(event, PERSONAL) or (isinstance(event, e.SeverityClassified) and event.by_person)


def paging(before: Incident, event: e.Event, at: datetime) -> Change:
    """Return the change that an event makes to pages and their acknowledgement."""
    if takes(event):
        acked: Change = {"acked_at": at, "pages": 0}
        return {**acked, "silenced_at": at} if isinstance(event, e.Acknowledged) else acked
    if wakes(before, event):
        return {"paged_at": at, "paged_last_at": at, "pages": 1}
    if isinstance(event, e.Reminded) and event.about == "page":
        return {"paged_last_at": at, "pages": before.pages + 1}
    return {}
