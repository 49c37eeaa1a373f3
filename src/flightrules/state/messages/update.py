"""A status update: where the incident stands, what was done, and when people hear more.

Knows: which of the protocol's four words a phase is told by, and what of an update the public may read.
Must not know: where an update is published.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.state.events import UpdatePosted
from flightrules.state.incident import Incident
from flightrules.state.policy import CommunicationPolicy, Policy
from flightrules.state.value import Value
from flightrules.state.vocabulary import Phase, Severity, StatusWord
from flightrules.state.words import moment

STATUS: dict[Phase, StatusWord] = {
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

PUBLIC: dict[StatusWord, str] = {
    "Investigating": "We have noticed a problem and are looking into it.",
    "Identified": "We know what to do about the problem and are doing it.",
    "Monitoring": "A remedy is in place. We are watching whether it holds.",
    "Resolved": "The problem is solved.",
}
"""What the public is told at each word where nobody writes more."""


class UpdateData(Value):
    """What a status update says."""

    incident: str
    status: str
    started: str
    impact: str
    latest: str
    text: str
    next: str


class PublicUpdate(Value):
    """What the public reads of one update: nothing in it comes from logs, hosts, commits or names of people."""

    incident: str
    component: str
    status: StatusWord
    impact: str
    started_at: datetime
    at: datetime
    """When it was let out."""
    text: str


def update_id(incident: Incident) -> str:
    """The id of the next update."""
    return f"U{incident.updates + 1}"


def rhythm(incident: Incident) -> bool:
    """Whether updates have a rhythm now: for P1 and P2 until restored; no severity yet is taken for the worst."""
    return incident.restored_at is None and incident.severity not in (Severity.P3, Severity.P4)


def internal_update(incident: Incident, policy: Policy, text: str, now: datetime) -> UpdatePosted:
    """An update for those who work on the incident."""
    next_at = now + timedelta(minutes=policy.budgets.internal_update) if rhythm(incident) else None
    return UpdatePosted(
        id=update_id(incident),
        status=STATUS[incident.phase],
        text=text,
        impact=incident.title,
        started_at=incident.onset_at,
        next_at=next_at,
    )


def public_update(incident: Incident, policy: CommunicationPolicy, text: str = "", *, held: bool) -> UpdatePosted:
    """An update for the public; without a text, in the words of policy alone."""
    status = STATUS[incident.phase]
    return UpdatePosted(
        id=update_id(incident),
        external=True,
        status=status,
        text=text or PUBLIC[status],
        # Where nothing is known yet, the least is said.
        impact=policy.impact.of(incident.severity or Severity.P4),
        component=policy.component,
        started_at=incident.onset_at,
        held=held,
        by_rules=not text,
    )


def update_data(incident: str, update: UpdatePosted, at: datetime) -> UpdateData:
    """An update as its template takes it; `at` is when it was posted."""
    return UpdateData(
        incident=incident,
        status=update.status,
        started=moment(update.started_at),
        impact=update.impact,
        latest=moment(at),
        text=update.text,
        next=_next(update),
    )


def _next(update: UpdatePosted) -> str:
    if update.status == "Resolved":
        return "none planned"
    return moment(update.next_at) if update.next_at else "when there is news"


REMEDIED: frozenset[StatusWord] = frozenset({"Monitoring", "Resolved"})


def public_impact(update: UpdatePosted) -> str:
    """What the public reads of the impact: once a remedy is in place nobody is told that something is still so."""
    return f"Before the remedy: {update.impact}" if update.status in REMEDIED else update.impact


def as_public(incident: str, update: UpdatePosted, at: datetime) -> PublicUpdate:
    """What the public reads of an update that was let out at `at`."""
    return PublicUpdate(
        incident=incident,
        component=update.component,
        status=update.status,
        impact=public_impact(update),
        started_at=update.started_at,
        at=at,
        text=update.text,
    )
