"""Commands from detection to severity.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.commands.base import Command, Short, Text
from flightrules.state.evidence import Finding
from flightrules.state.releases import Observation
from flightrules.state.vocabulary import Impact, Severity


class Open(Command):
    """Open an incident: detection."""

    incident: str
    target: str
    title: Short
    description: Text = ""
    detected_at: datetime | None = None
    onset_at: datetime | None = None
    detected_via: Short = "agent"
    beside: tuple[str, ...] = ()
    """The service's: incidents of the target that are open already."""


class Join(Command):
    """The same was noticed again: join the incident that is open."""

    target: str
    title: Short
    description: Text = ""
    detected_at: datetime | None = None
    detected_via: Short = "agent"


class BeginAssessment(Command):
    """Begin to collect evidence."""

    tool = "assess"


class RecordAssessment(Command):
    """Findings of the probes, and the releases that are known."""

    tool = "assess"
    findings: tuple[Finding, ...]
    observations: tuple[Observation, ...] = ()


class RecordReading(Command):
    """State of services, health and checks before a decision."""

    tool = "decide"
    findings: tuple[Finding, ...]


class Classify(Command):
    """Give the incident its severity."""

    tool = "classify"
    severity: Severity | None = None
    impacts: tuple[Impact, ...] = ()
    reported_by: Short = ""
    users_affected: Short = ""
    business_impact: Text = ""
    reason: Text = ""
