"""The tools after restoration: write_report and report_to_planner.

Knows: how arguments become a command. Must not know: how a report is rendered or where it goes.
"""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult
from pydantic import AfterValidator, Field

from flightrules.service import answers as a
from flightrules.service import reporting
from flightrules.state import commands as c
from flightrules.state.events import ActionItem, PlannerBrief, ReportInput
from flightrules.tools.arguments import Incident, Key, Line, Lines, Prose, seen_on_one_line
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result


async def write_report(
    incident: Incident,
    ctx: Ctx,
    root_cause: Prose = "",
    summary: Prose = "",
    went_well: Lines = [],
    improve: Lines = [],
    actions: Annotated[list[ActionItem], Field(max_length=30), AfterValidator(seen_on_one_line)] = [],
    prevention: Lines = [],
    related: Annotated[Lines, Field(description="Feature specs, ADRs, follow-up issues")] = [],
    users_affected: Line = "",
    business_impact: Prose = "",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Reported]]:
    """Write the incident report."""
    given = {
        "summary": summary,
        "went_well": tuple(went_well),
        "improve": tuple(improve),
        "actions": tuple(actions),
        "prevention": tuple(prevention),
        "related": tuple(related),
        "users_affected": users_affected,
        "business_impact": business_impact,
    }
    command = c.PrepareReport(given=ReportInput.model_validate(given), root_cause=root_cause)
    call = call_of(ctx, "write_report", incident=incident, key=key, arguments={"root_cause": root_cause, **given})
    return tool_result(await reporting.write_report(app_of(ctx).desk, call, command))


async def report_to_planner(
    incident: Incident,
    ctx: Ctx,
    quality_issues: Lines = [],
    process_improvements: Lines = [],
    spec_updates: Lines = [],
    technical_debt: Lines = [],
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Briefed]]:
    """Brief the planner."""
    given = {
        "quality_issues": tuple(quality_issues),
        "process_improvements": tuple(process_improvements),
        "spec_updates": tuple(spec_updates),
        "technical_debt": tuple(technical_debt),
    }
    command = c.PreparePlannerBrief(brief=PlannerBrief.model_validate(given))
    call = call_of(ctx, "report_to_planner", incident=incident, key=key, arguments=given)
    return tool_result(await reporting.report_to_planner(app_of(ctx).desk, call, command))
