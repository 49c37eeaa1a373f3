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
    root_cause: Annotated[Prose, Field(description="Only if analyze recorded none")] = "",
    summary: Annotated[Prose, Field(description="What happened, in a few sentences")] = "",
    went_well: Annotated[Lines, Field(description="What went well")] = [],
    improve: Annotated[Lines, Field(description="What could be improved")] = [],
    actions: Annotated[
        list[ActionItem],
        Field(description="Work to do after the incident", max_length=30),
        AfterValidator(seen_on_one_line),
    ] = [],
    prevention: Annotated[Lines, Field(description="What would prevent it")] = [],
    related: Annotated[Lines, Field(description="Feature specs, ADRs, follow-up issues")] = [],
    users_affected: Annotated[Line, Field(description="Number or share of users affected")] = "",
    business_impact: Annotated[Prose, Field(description="What it cost the business")] = "",
    trigger: Annotated[Prose, Field(description="What set it off")] = "",
    contributing: Annotated[Lines, Field(description="Contributing factors")] = [],
    lucky: Annotated[Lines, Field(description="Where we got lucky")] = [],
    authors: Annotated[Lines, Field(description="Authors of the report")] = [],
    review: Annotated[Lines, Field(description="Results of the review")] = [],
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
        "trigger": trigger,
        "contributing": tuple(contributing),
        "lucky": tuple(lucky),
        "authors": tuple(authors),
        "review": tuple(review),
    }
    command = c.PrepareReport(given=ReportInput.model_validate(given), root_cause=root_cause)
    call = call_of(ctx, "write_report", incident=incident, key=key, arguments={"root_cause": root_cause, **given})
    return tool_result(await reporting.write_report(app_of(ctx).incidents, call, command))


async def report_to_planner(
    incident: Incident,
    ctx: Ctx,
    quality_issues: Annotated[Lines, Field(description="Quality issues found")] = [],
    process_improvements: Annotated[Lines, Field(description="Improvements of the process")] = [],
    spec_updates: Annotated[Lines, Field(description="Feature specs to update")] = [],
    technical_debt: Annotated[Lines, Field(description="Technical debt found")] = [],
    nothing_to_add: Annotated[Prose, Field(description="Why you have no entry; then give nothing else")] = "",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Briefed]]:
    """Brief the planner."""
    given = {
        "quality_issues": tuple(quality_issues),
        "process_improvements": tuple(process_improvements),
        "spec_updates": tuple(spec_updates),
        "technical_debt": tuple(technical_debt),
        "nothing_to_add": nothing_to_add,
    }
    command = c.PreparePlannerBrief(brief=PlannerBrief.model_validate(given))
    call = call_of(ctx, "report_to_planner", incident=incident, key=key, arguments=given)
    return tool_result(await reporting.report_to_planner(app_of(ctx).incidents, call, command))
