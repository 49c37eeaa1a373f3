"""Detection, assessment and severity (docs/incident-protocol.md#assessment).

Knows: the data of these events. Must not know: what they do to an incident.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.events.base import Event
from flightrules.state.evidence import Finding
from flightrules.state.facts import Facts
from flightrules.state.levels import LEVEL_NOT_KNOWN, ErrorLevel
from flightrules.state.releases import History
from flightrules.state.severity import RuleHit
from flightrules.state.vocabulary import Impact, Severity


class IncidentOpened(Event):
    """Detection: where every budget starts."""

    kind = "incident_opened"
    incident: str
    target: str
    title: str
    description: str = ""
    detected_at: datetime
    onset_at: datetime
    detected_via: str
    onset_known: bool = True
    """True if somebody stated the onset; otherwise the time of detection stands in for it."""
    beside: tuple[str, ...] = ()
    """Incidents of the same target that were open then."""


class IncidentJoined(Event):
    """Somebody noticed the same again and joined this incident instead of opening another."""

    kind = "incident_joined"
    title: str
    description: str = ""
    detected_at: datetime
    detected_via: str


class AssessmentStarted(Event):
    """Probes are about to run."""

    kind = "assessment_started"
    purpose: Literal["assess", "verify", "observe", "compare"]


class EvidenceRecorded(Event):
    """One finding, whole."""

    kind = "evidence_recorded"
    id: str
    finding: Finding


class HistoryRead(Event):
    """The releases known at that moment."""

    kind = "history_read"
    history: History


class AssessmentRecorded(Event):
    """Facts that the findings of one assessment show."""

    kind = "assessment_recorded"
    evidence: tuple[str, ...]
    facts: Facts
    level: ErrorLevel = LEVEL_NOT_KNOWN
    """The error rate before the incident, as far as it can be told now."""
    rules: tuple[RuleHit, ...] = ()
    """The severity rules that hold over these facts alone; the floor rises with them."""


class ProductionRead(Event):
    """Services, health and checks, read again before a decision, a plan or a start."""

    kind = "production_read"
    findings: tuple[Finding, ...]
    facts: Facts
    rules: tuple[RuleHit, ...]
    healthy: bool
    """True if services, health and checks were all read and are all well."""


class SeverityClassified(Event):
    """A severity, its floor and the rules behind it."""

    kind = "severity_classified"
    severity: Severity
    floor: Severity
    bar: Severity | None = None
    """The mildest an agent may give from now on, where a person set it; else the floor."""
    overruled: tuple[str, ...] = ()
    """Rules that a person overruled."""
    rules: tuple[RuleHit, ...]
    impacts: tuple[Impact, ...] = ()
    reported_by: str = ""
    """Name of the person who reported the impacts, or the evidence that shows them, as stated."""
    users_affected: str = ""
    business_impact: str = ""
    reason: str = ""
    by_person: bool = False


class BudgetBreached(Event):
    """A budget ran out; recorded once, at the first call or tick that saw it."""

    kind = "budget_breached"
    budget: str
    limit_s: int
    ran_out_at: datetime
