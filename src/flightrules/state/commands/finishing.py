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
    """What the probes found now."""

    tool = "verify"
    findings: tuple[Finding, ...]
    user_reports: Literal["decreased", "unchanged", "unknown"] = "unknown"


class RecordMonitoring(Command):
    """The system's: checks of extended monitoring that were made, or whose time is over."""

    restored_at: datetime
    """The restoration whose schedule they belong to."""
    slots: tuple[Slot, ...] = ()
    first: Sight | None = None
    """What was seen; None where no check was due."""
    again: Sight | None = None
    """A second look, where the first saw something fail."""
    evidence: tuple[Finding, ...] = ()
    """All that was found in both."""
    logs_since: datetime
    looked_at: datetime
    why: str = ""
    """Why the checks before these were missed, where that is known."""


class RecordGlance(Command):
    """The system's: what users see of an incident that is not over."""

    facts: Facts
    looked_at: datetime


class AcceptByPerson(Command):
    """A person takes production for restored, although a verification stayed inconclusive."""

    reason: Text


class PrepareReport(Command):
    """What the agent adds to the report."""

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
    """What the planner should know."""

    tool = "report_to_planner"
    brief: PlannerBrief


class RecordPlannerBrief(Command):
    """The brief goes into the outbox."""

    tool = "report_to_planner"
    brief: PlannerBrief
    sinks: tuple[str, ...]
    """Where it is to go."""


class Close(Command):
    """A person ends the incident: at the end of the protocol, or before it for a reason."""

    reason: Text = ""
    closed_as: ClosedAs = ""
    """Why it is stood down; where nothing is given, a reason may begin with it ("false alarm", "duplicate of ...")."""
    duplicate_of: Short = ""
