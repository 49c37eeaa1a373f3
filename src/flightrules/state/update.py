"""A status update for people outside: where the incident stands, what was done, and when they hear more.

Knows: which of the protocol's four words a phase is told by. Must not know: where an update is published.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.state.incident import Incident
from flightrules.state.policy import Policy
from flightrules.state.value import Value
from flightrules.state.vocabulary import Phase, Severity
from flightrules.state.words import moment

STATUS: dict[Phase, str] = {
    Phase.DETECTED: "Investigating",
    Phase.ASSESSED: "Investigating",
    Phase.CLASSIFIED: "Investigating",
    Phase.INVESTIGATING: "Investigating",
    Phase.DECIDED: "Identified",
    Phase.ROLLING_BACK: "Identified",
    Phase.FIXING: "Identified",
    Phase.VERIFYING: "Monitoring",
    Phase.MONITORING: "Monitoring",
    Phase.ANALYSED: "Resolved",
    Phase.DOCUMENTED: "Resolved",
    Phase.REPORTED: "Resolved",
    Phase.CLOSED: "Resolved",
}
"""The word an update tells each phase by (protocol, communication)."""


class UpdateData(Value):
    """What a status update says."""

    incident: str
    status: str
    started: str
    impact: str
    latest: str
    text: str
    next: str


def update_data(incident: Incident, policy: Policy, *, text: str, now: datetime) -> UpdateData:
    """The update as of now."""
    return UpdateData(
        incident=incident.id,
        status=STATUS[incident.phase],
        started=moment(incident.onset_at),
        impact=incident.title,
        latest=moment(now),
        text=text,
        next=_next(incident, policy, now),
    )


def _next(incident: Incident, policy: Policy, now: datetime) -> str:
    """P1 and P2 have a rhythm until they are restored; a severity nobody gave yet is taken for the worst."""
    if STATUS[incident.phase] == "Resolved":
        return "none planned"
    if incident.severity in (Severity.P3, Severity.P4):
        return "when there is news"
    return moment(now + timedelta(minutes=policy.budgets.internal_update))
