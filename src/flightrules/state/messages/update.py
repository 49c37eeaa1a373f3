"""A status update: where the incident stands, what was done, and when people hear more.

Knows: what an update says, and what of it the public may read.
Must not know: where an update is published.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.state.events import UpdatePosted
from flightrules.state.incident import Incident
from flightrules.state.messages.so import so
from flightrules.state.policy import Policy
from flightrules.state.value import Value
from flightrules.state.vocabulary import Severity, StatusWord
from flightrules.state.words import moment


class UpdateData(Value):
    """Content of a status update."""

    incident: str
    status: str
    started: str
    impact: str
    latest: str
    text: str
    next: str


class PublicUpdate(Value):
    """Public part of one update: nothing in it comes from logs, hosts, commits or names of people."""

    incident: str
    component: str
    status: StatusWord
    impact: str
    started_at: datetime
    at: datetime
    """Time at which the update was let out."""
    text: str
    well: bool = False
    """True if the component worked at that time, as far as was known."""


def update_id(incident: Incident) -> str:
    """The id of the next update."""
    return f"U{incident.updates + 1}"


def rhythm(incident: Incident) -> bool:
    """Return True if updates are due at regular intervals now: for P1 and P2 until restored.

    An incident without a severity counts as one of the worst severity.
    """
    return incident.restored_at is None and incident.severity not in (Severity.P3, Severity.P4)


def internal_update(incident: Incident, policy: Policy, text: str, now: datetime) -> UpdatePosted:
    """An update for those who work on the incident."""
    cadence = timedelta(minutes=incident.pace_updates or policy.budgets.internal_update)
    next_at = now + cadence if rhythm(incident) else None
    return UpdatePosted(
        id=update_id(incident),
        status=so(incident, policy).status,
        text=text,
        impact=incident.title,
        started_at=incident.onset_at,
        next_at=next_at,
    )


def public_update(
    incident: Incident, policy: Policy, text: str = "", *, held: bool, by_rules: bool = False
) -> UpdatePosted:
    """An update for the public; without a text, in the words of policy alone."""
    now = so(incident, policy)
    return UpdatePosted(
        id=update_id(incident),
        external=True,
        status=now.status,
        text=text or now.text,
        impact=now.impact,
        component=policy.communication.component,
        started_at=incident.onset_at,
        held=held,
        by_rules=by_rules or not text,
        so=now.whole,
        well=now.well,
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
    if update.status in ("Resolved", "Closed"):
        return "none planned"
    return moment(update.next_at) if update.next_at else "when there is news"


def as_public(incident: str, update: UpdatePosted, at: datetime) -> PublicUpdate:
    """Return the public part of an update that was let out at `at`."""
    return PublicUpdate(
        incident=incident,
        component=update.component,
        status=update.status,
        impact=_impact(update),
        started_at=update.started_at,
        at=at,
        text=update.text,
        well=update.well or update.status == "Resolved",
    )


def _impact(update: UpdatePosted) -> str:
    """Return the public text of the impact.

    Logs of 0.1 kept the plain words, whatever mitigation was in place at that time.
    """
    remedied = not update.so and update.status in ("Monitoring", "Resolved")
    return f"Before the remedy: {update.impact}" if remedied else update.impact
