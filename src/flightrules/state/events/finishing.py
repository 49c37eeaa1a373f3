"""Root cause, report, planner and the end (docs/incident-protocol.md#report).

Knows: the data of these events. Must not know: how a document looks.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.events.base import Event
from flightrules.state.value import Value
from flightrules.state.vocabulary import ClosedAs
from flightrules.state.watched import Gap


class RootCauseRecorded(Event):
    """Cause of the incident, as far as it is known."""

    kind = "root_cause_recorded"
    root_cause: str
    known: bool
    evidence: tuple[str, ...] = ()
    """Evidence for the cause; without any it is a hypothesis."""

    @property
    def hypothesis(self) -> bool:
        """Return True if somebody stated the cause and cited no evidence."""
        return self.known and not self.evidence


DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""A date as action items have it; ISO 8601 has others, of weeks and without dashes, which calendars do not take."""

ActionType = Literal["", "prevent", "mitigate", "detect", "process"]


class ActionItem(Value):
    """One thing to do afterwards."""

    action: Annotated[str, Field(description="What is to be done", max_length=300)]
    assignee: Annotated[str, Field(description="Who does it", max_length=80)]
    due: Annotated[str, Field(description="Date it is due, 2026-01-31", max_length=40)]
    """ISO date."""
    type: Annotated[ActionType, Field(description="prevent, mitigate, detect or process")] = ""
    link: Annotated[str, Field(description="Where it is tracked", max_length=300)] = ""


class ReportInput(Value):
    """Additions that the agent makes to the report."""

    summary: str = ""
    went_well: tuple[str, ...] = ()
    improve: tuple[str, ...] = ()
    actions: tuple[ActionItem, ...] = ()
    prevention: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    users_affected: str = ""
    """Description of the users affected, if no classification stated it or it is better known now."""
    business_impact: str = ""
    """As `users_affected`."""
    trigger: str = ""
    """Event that set the incident off, as distinct from the root cause that made it possible."""
    contributing: tuple[str, ...] = ()
    """Contributing factors."""
    lucky: tuple[str, ...] = ()
    """Circumstances in which the team was lucky."""
    authors: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    """Results of the review; until there are any, the report is a draft."""

    @property
    def filled(self) -> tuple[str, ...]:
        """Names of the parts that say something."""
        return tuple(name for name in ReportInput.model_fields if getattr(self, name))

    def with_(self, newer: ReportInput) -> ReportInput:
        """This, with the parts that something newer says put in their place."""
        return self.model_copy(update={name: getattr(newer, name) for name in newer.filled})


class ReportWritten(Event):
    """The incident report stands in a file."""

    kind = "report_written"
    path: str
    sha256: str
    given: ReportInput
    calendar: str = ""
    """Path of the calendar file beside it; empty where no review is due."""


class PlannerBrief(Value):
    """Information that the planner should have (PLA-brief)."""

    quality_issues: tuple[str, ...] = ()
    process_improvements: tuple[str, ...] = ()
    spec_updates: tuple[str, ...] = ()
    technical_debt: tuple[str, ...] = ()
    nothing_to_add: str = ""
    """Reason that there is no entry, with the name of the person who says so; empty if there are entries."""


class PlannerReported(Event):
    """The brief is in the outbox."""

    kind = "planner_reported"
    brief: PlannerBrief
    paths: tuple[str, ...] = ()
    """Files it was written to before there was an outbox."""
    sinks: tuple[str, ...] = ()
    """Destinations of the brief."""


class IncidentClosed(Event):
    """The protocol is done."""

    kind = "incident_closed"
    reason: str = ""
    unwatched: tuple[Gap, ...] = ()
    """Parts of the monitoring that were left, which are no longer carried out."""


class StoodDown(Event):
    """A person ended the incident early, for a reason (a false alarm, a duplicate)."""

    kind = "stood_down"
    reason: str
    closed_as: ClosedAs = ""
    duplicate_of: str = ""
    """The incident that goes on instead."""
    unwatched: tuple[Gap, ...] = ()
    """Parts of the monitoring that were left, which are no longer carried out."""
