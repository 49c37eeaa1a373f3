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
    if event.evidence:
        change["shown"] = incident.shown.after(event.facts, at)
    if restored:
        change["relapse"] = ""
    if restored and incident.restored_at is None:
        # The rhythm of updates ends here, and with it the time that one is overdue.
        breached = incident.breached - {"internal_update"}
        after: Change = {"restored_level": _level(incident, event, at), "breached": breached, "claimed": None}
        span = (incident.outage_from or incident.onset_at, _ended(incident, change, at))
        return {**change, **after, "restored_at": at, "outages": (*incident.outages, span), "pace_until": None}
    if event.verdict is Verdict.NOT_RESTORED:
        if incident.restored_at is None:
            return {**change, **again(incident), "decided_at": at}
        return {**change, **again(incident), "decided_at": at, "relapse": "back", "outage_from": at}
    return change


def _ended(incident: Incident, change: Change, at: datetime) -> datetime:
    """Return the time at which the server first saw everything well after it last saw something fail.

    The time at which somebody asked for the verification does not matter.
    """
    well = change.get("shown", incident.shown).well_since
    return at if well is None else min(at, max(well, incident.outage_from or incident.onset_at))


def _level(incident: Incident, event: e.VerificationRecorded, at: datetime) -> float:
    """Error lines a minute since the end of mitigation."""
    since = incident.mitigation_ended_at or at
    return event.facts.error_lines / max(1.0, (at - since) / timedelta(minutes=1))


def fallback(incident: Incident) -> Path:
    """A fix that did not help falls back to rollback; after a rollback, or what was done by hand, a person decides."""
    otherwise = incident.mitigation in ("by_hand", "none")
    return Path.PERSON if incident.rollbacks_tried or otherwise else Path.ROLLBACK


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
        "raised_at": None,
        "reported": False,
    }


def _recurred(incident: Incident, event: e.RecurrenceDetected, at: datetime) -> Change:
    return {**again(incident), "relapse": "back" if event.seen else "anew", "decided_at": at, "outage_from": at}


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
    seen = event.again or event.first
    shown = incident.shown.after(seen.facts, event.looked_at) if seen else incident.shown
    return {"watched": before.model_copy(update=after), "shown": shown}


def _missed(incident: Incident, event: e.MonitoringMissed, _at: datetime) -> Change:
    before = incident.watched
    slots = before.through(*(Slot(watch=gap.watch, number=gap.last) for gap in event.gaps))
    missed = before.missed + sum(gap.count for gap in event.gaps)
    return {"watched": before.model_copy(update={"slots": slots, "missed": missed})}


def _glanced(incident: Incident, event: e.Glanced, _at: datetime) -> Change:
    return {"shown": incident.shown.after(event.facts, event.looked_at)}


CHANGES: Table = {
    e.Glanced: _glanced,
    e.AssessmentStarted: _looking,
    e.VerificationRecorded: _verified,
    e.MonitoringChecked: _checked,
    e.MonitoringMissed: _missed,
    e.RecurrenceDetected: _recurred,
}
