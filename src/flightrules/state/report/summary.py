"""Texts that follow the report: the completion summary of the protocol, and the brief for the planner.

Knows: which parts of a report each of them takes. Must not know: how they are laid out, or how they are delivered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from flightrules.state.events import PlannerBrief
from flightrules.state.report.afterwards import Action
from flightrules.state.report.sections import Attempt
from flightrules.state.report.whole import LogHead, ReportData
from flightrules.state.value import Value
from flightrules.state.words import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionData:
    """Content of the completion summary, line by line."""

    incident: str
    description: str
    severity: Said
    duration: Said
    status: Literal["RESOLVED", "OPEN"]
    users_affected: Said
    services_affected: Said
    business_impact: Said
    rollback: Attempt
    fix: Attempt
    fix_pr: str
    """`#512` where the fix names a pull request, else its reference as given."""
    time_to_resolve: Said
    root_cause: Said
    actions: tuple[Action, ...]
    report_path: str


def completion_data(data: ReportData, *, report_path: str) -> CompletionData:
    """The completion summary of a report."""
    return CompletionData(
        incident=data.incident,
        description=data.title,
        severity=data.impact.severity,
        duration=data.impact.duration,
        status=data.status,
        users_affected=data.impact.users_affected,
        services_affected=data.impact.services_affected,
        business_impact=data.impact.business_impact,
        rollback=data.rollback,
        fix=data.fix,
        fix_pr=_pull_request(data.fix.reference),
        time_to_resolve=data.resolution_time,
        root_cause=data.root_cause,
        actions=data.actions,
        report_path=report_path,
    )


_PULL_REQUEST = re.compile(
    r"(?:PR|MR|pull request)?[ #!]*(\d{1,9})|\S+/(?:pull|merge_requests)/(\d{1,9})/?", re.IGNORECASE
)


def _pull_request(reference: str) -> str:
    found = _PULL_REQUEST.fullmatch(reference.strip())
    return f"#{found[1] or found[2]}" if found else reference.strip()


class BriefData(Value):
    """Content of the planner's brief: findings of people and agents, and facts that the log itself shows."""

    incident: str
    title: str
    target: str
    status: Literal["RESOLVED", "OPEN"]
    severity: Said
    duration: Said
    root_cause: Said
    decision: Said
    rollback: Attempt
    fix: Attempt
    report_path: str
    quality_issues: tuple[str, ...]
    process_improvements: tuple[str, ...]
    spec_updates: tuple[str, ...]
    technical_debt: tuple[str, ...]
    nothing_to_add: str
    """Name of the person who says that there is no entry, and the reason; empty if there are entries."""
    actions: tuple[Action, ...]
    budgets_breached: tuple[Said, ...]
    refusals: tuple[tuple[str, int], ...]
    unreadable: tuple[Said, ...]
    rebuilt: tuple[Said, ...]
    missing: tuple[str, ...]
    """Parts of the report that are not known."""
    head: LogHead


def planner_brief_data(data: ReportData, brief: PlannerBrief, *, report_path: str) -> BriefData:
    """The brief of a report, with what the planner should know beside it."""
    return BriefData(
        incident=data.incident,
        title=data.title,
        target=data.target,
        status=data.status,
        severity=data.impact.severity,
        duration=data.impact.duration,
        root_cause=data.root_cause,
        decision=_decision(data),
        rollback=data.rollback,
        fix=data.fix,
        report_path=report_path,
        **brief.model_dump(),
        actions=data.actions,
        budgets_breached=data.breached,
        refusals=data.refusals,
        unreadable=_unreadable(data),
        rebuilt=_rebuilt(data),
        missing=data.missing,
        head=data.head,
    )


def _decision(data: ReportData) -> Said:
    if not data.appendix.decisions:
        return Said(text="not known: nothing was decided", known=False)
    last = data.appendix.decisions[-1]
    return Said(text=f"{last.path}, by {_BY[last.by]}: {last.reason}", sources=(last.source,))


_BY = {"rules": "the rules", "person": "a person"}


def _unreadable(data: ReportData) -> tuple[Said, ...]:
    return tuple(
        Said(text=f"{piece.probe}{f' on {piece.host}' if piece.host else ''} {piece.says}", sources=(piece.id,))
        for piece in data.appendix.evidence
        if not piece.readable
    )


def _rebuilt(data: ReportData) -> tuple[Said, ...]:
    return tuple(
        Said(text=f"{run.host}: {step.says}; {step.outcome}", sources=(run.source,))
        for run in data.appendix.operations
        for step in run.steps
        if step.name == "build" and step.outcome != "did not run"
    )
