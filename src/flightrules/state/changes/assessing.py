"""Assessment and severity.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.approving import no_plan
from flightrules.state.changes.base import Change, Table
from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.severity import RuleHit, floor_of
from flightrules.state.shown import worse
from flightrules.state.vocabulary import Phase, Severity


def _evidence(incident: Incident, event: e.EvidenceRecorded, _at: datetime) -> Change:
    return {"evidence": (*incident.evidence, event.id)}


def _history(_incident: Incident, event: e.HistoryRead, _at: datetime) -> Change:
    return {"history": event.history}


def _assessed(incident: Incident, event: e.AssessmentRecorded, at: datetime) -> Change:
    level = incident.level if incident.level.per_minute is not None else event.level
    seen: Change = {"facts": event.facts, "baseline": _baseline(incident, event.facts)}
    return {
        **seen,
        "shown": incident.shown.after(event.facts, at),
        "level": level,
        "assessed_at": incident.assessed_at or at,
        **_raised(incident, event.facts, event.rules),
    }


def _read(incident: Incident, event: e.ProductionRead, at: datetime) -> Change:
    shown = incident.shown.after(event.facts, at)
    return {"healthy": event.healthy, "shown": shown, **_raised(incident, event.facts, event.rules)}


def _raised(incident: Incident, facts: Facts, rules: tuple[RuleHit, ...]) -> Change:
    """The floor rises with what is seen, but for rules that a person overruled; it never sinks by itself."""
    read: Change = {"read": incident.read or facts.whole}
    if not rules:  # logs of 0.1 do not have them
        return read
    held = tuple(hit for hit in rules if hit.rule not in incident.overruled)
    return {**read, "floor": floor_of(rules, incident.floor), "bar": floor_of(held, incident.bar)}


def _baseline(incident: Incident, facts: Facts) -> Facts:
    """Join the new facts with those of all earlier assessments; the release is that of before the first mitigation.

    Anything that any assessment saw stays in the baseline.
    """
    before = incident.baseline
    if before is None:
        return facts
    joined = before.joined(facts)
    kept = incident.mitigated_at is not None and before.release is not None
    return joined.model_copy(update={"release": before.release}) if kept else joined


def _classified(incident: Incident, event: e.SeverityClassified, at: datetime) -> Change:
    impacts = incident.impacts | frozenset(event.impacts)
    was = incident.severity
    rose = was is None or event.severity.rank < was.rank
    return {
        "confirmed": event.severity if event.by_person else incident.confirmed,
        "peak": worse(incident.peak, event.severity),
        "raised_at": at if rose and incident.restored_at is not None else incident.raised_at,
        "severity": event.severity,
        "floor": event.floor,
        "bar": event.bar or event.floor,
        "overruled": frozenset(event.overruled),
        "impacts": impacts,
        "users_affected": event.users_affected.strip() or incident.users_affected,
        "business_impact": event.business_impact.strip() or incident.business_impact,
        "breached": incident.breached - _of_other_limits(incident, event),
        # A rollback that was started goes on under the approvals that it was started on.
        **({} if incident.phase is Phase.ROLLING_BACK else no_plan()),
    }


BY_SEVERITY = frozenset({"response", "external_notice"})
"""Budgets whose limits the severity gives: another one brings limits of its own."""


def _of_other_limits(incident: Incident, event: e.SeverityClassified) -> frozenset[str]:
    """Breaches that count no longer; an incident without a severity had the limits of the worst."""
    return frozenset() if event.severity is (incident.severity or Severity.P1) else BY_SEVERITY


def _breached(incident: Incident, event: e.BudgetBreached, _at: datetime) -> Change:
    return {"breached": incident.breached | {event.budget}}


def _settings(_incident: Incident, event: e.SettingsRead, _at: datetime) -> Change:
    return {"settings": event.digest}


CHANGES: Table = {
    e.SettingsRead: _settings,
    e.EvidenceRecorded: _evidence,
    e.HistoryRead: _history,
    e.AssessmentRecorded: _assessed,
    e.ProductionRead: _read,
    e.SeverityClassified: _classified,
    e.BudgetBreached: _breached,
}
