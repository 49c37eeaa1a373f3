"""Verification, monitoring and recurrence.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Path, Verdict
from flightrules.state.watched import NOT_WATCHED, Slot


def _looking(_incident: Incident, event: e.AssessmentStarted, at: datetime) -> Change:
    return {"looking_since": at} if event.purpose == "verify" else {}


def _verified(incident: Incident, event: e.VerificationRecorded, at: datetime) -> Change:
    restored = event.verdict is Verdict.RESTORED
    looked = incident.looking_since if event.evidence else at  # a person's word comes without a look
    change: Change = {"verdict": event.verdict, "facts": event.facts, "looked_at": looked}
    if restored and incident.restored_at is None:
        # The rhythm of updates ends here, and with it the time that one is overdue.
        breached = incident.breached - {"internal_update"}
        return {**change, "restored_at": at, "restored_level": _level(incident, event, at), "breached": breached}
    if event.verdict is Verdict.NOT_RESTORED:
        return {**change, **again(incident)}
    return change


def _level(incident: Incident, event: e.VerificationRecorded, at: datetime) -> float:
    """Error lines a minute since the end of mitigation."""
    since = incident.mitigation_ended_at or at
    return event.facts.error_lines / max(1.0, (at - since) / timedelta(minutes=1))


def fallback(incident: Incident) -> Path:
    """A fix that did not help falls back to rollback; a rollback was the one attempt."""
    return Path.PERSON if incident.rollbacks_tried else Path.ROLLBACK


def again(incident: Incident) -> Change:
    """Not restored, or back again: what was done did not help, and what was concluded from it is open again."""
    tried = incident.promised_release
    return {
        "restored_at": None,
        "restored_level": None,
        "watched": NOT_WATCHED,
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


def _checked(incident: Incident, event: e.MonitoringChecked, _at: datetime) -> Change:
    before, count = incident.watched, len(event.slots)
    after: Change = {
        "slots": before.through(*event.slots),
        "ok": before.ok + (count if event.verdict == "ok" else 0),
        "inconclusive": before.inconclusive + (count if event.verdict == "inconclusive" else 0),
        "last": event.verdict,
        "last_at": event.looked_at,
        "logs_until": event.logs_until or before.logs_until,
        "suspects": event.suspects,
    }
    return {"watched": before.model_copy(update=after)}


def _missed(incident: Incident, event: e.MonitoringMissed, _at: datetime) -> Change:
    before = incident.watched
    slots = before.through(*(Slot(watch=gap.watch, number=gap.last) for gap in event.gaps))
    missed = before.missed + sum(gap.count for gap in event.gaps)
    return {"watched": before.model_copy(update={"slots": slots, "missed": missed})}


CHANGES: Table = {
    e.AssessmentStarted: _looking,
    e.VerificationRecorded: _verified,
    e.MonitoringChecked: _checked,
    e.MonitoringMissed: _missed,
    e.RecurrenceDetected: _recurred,
}
