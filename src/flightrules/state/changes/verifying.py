"""Verification and recurrence.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Path, Verdict


def _verified(incident: Incident, event: e.VerificationRecorded, at: datetime) -> Change:
    restored = event.verdict is Verdict.RESTORED
    change: Change = {"verdict": event.verdict, "facts": event.facts, "verified_at": at}
    if restored:
        return {**change, "restored_at": incident.restored_at or at}
    if event.verdict is Verdict.NOT_RESTORED:
        return {**change, **again(incident)}
    return change


def fallback(incident: Incident) -> Path:
    """A fix that did not help falls back to rollback; a rollback was the one attempt."""
    return Path.PERSON if incident.rollbacks_tried else Path.ROLLBACK


def again(incident: Incident) -> Change:
    """Not restored, or back again: what was done did not help, and what was concluded from it is open again."""
    tried = incident.promised_release
    return {
        "restored_at": None,
        "path": fallback(incident),
        "decided_by": "rules",
        "chosen": None,
        "fix_failed": incident.mitigation == "fix",
        "left_behind": incident.left_behind | ({tried} if tried else frozenset()),
        "root_cause": None,
        "reported": False,
    }


def _recurred(incident: Incident, _event: e.RecurrenceDetected, _at: datetime) -> Change:
    return again(incident)


CHANGES: Table = {
    e.VerificationRecorded: _verified,
    e.RecurrenceDetected: _recurred,
}
