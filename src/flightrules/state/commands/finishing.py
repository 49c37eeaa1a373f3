"""From verification to the end.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.commands.base import Command, Short, Text
from flightrules.state.events import PlannerBrief, ReportInput
from flightrules.state.evidence import Finding
from flightrules.state.facts import Facts
from flightrules.state.vocabulary import ClosedAs
from flightrules.state.watched import Sight, Slot


class BeginVerification(Command):
    """Begin to look whether production is restored."""

    tool = "verify"


class RecordVerification(Command):
    """Findings of the probes at this moment."""

    tool = "verify"
    findings: tuple[Finding, ...]
    user_reports: Literal["decreased", "unchanged", "unknown"] = "unknown"


class RecordMonitoring(Command):
    """The system's: checks of extended monitoring that were made, or whose time is over."""

    restored_at: datetime
    """The restoration whose schedule they belong to."""
    slots: tuple[Slot, ...] = ()
    first: Sight | None = None
    """Result of the first look; None if no check was due."""
    again: Sight | None = None
    """A second look, where the first saw something fail."""
    evidence: tuple[Finding, ...] = ()
    """All that was found in both."""
    logs_since: datetime
    looked_at: datetime
    why: str = ""
    """Reason that the checks before these were missed, if it is known."""


class RecordGlance(Command):
    """The system's: what users see of an incident that is not over."""

    facts: Facts
    looked_at: datetime


class AcceptByPerson(Command):
    """A person takes production for restored, although a verification stayed inconclusive."""

    reason: Text


class PrepareReport(Command):
    """Additions that the agent makes to the report."""

    tool = "write_report"
    given: ReportInput
    root_cause: Text = ""


class RecordReport(Command):
    """The report stands in a file."""

    tool = "write_report"
    path: str
    sha256: str
    given: ReportInput
    calendar: str = ""


class PreparePlannerBrief(Command):
    """Information that the planner should have."""

    tool = "report_to_planner"
    brief: PlannerBrief


class RecordPlannerBrief(Command):
    """The brief goes into the outbox."""

    tool = "report_to_planner"
    brief: PlannerBrief
    sinks: tuple[str, ...]
    """Destinations of the brief."""


class Close(Command):
    """A person ends the incident: at the end of the protocol, or before it for a reason."""

    reason: Text = ""
    closed_as: ClosedAs = ""
    """Category of the early close.

    If it is not given, the reason may begin with the category ("false alarm", "duplicate of ...").
    """
    duplicate_of: Short = ""
