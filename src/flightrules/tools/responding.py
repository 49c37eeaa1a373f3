"""The tools around mitigation: open_incident, assess, classify, decide, verify, incident_status.

Knows: how arguments become a command. Must not know: anything the service or the rules know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from mcp_types import CallToolResult
from pydantic import Field

from flightrules.service import answers as a
from flightrules.service import observing, opening, telling
from flightrules.service.messages import updating
from flightrules.state import commands as c
from flightrules.state.vocabulary import Impact, Severity
from flightrules.tools.arguments import INCIDENT_ID, Incident, Key, Line, Name, Prose, Title, Update
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result


async def open_incident(
    target: Annotated[Name, Field(description="Configured target, see incident_status")],
    title: Annotated[Title, Field(description="One line that says what users see")],
    ctx: Ctx,
    description: Annotated[Prose, Field(description="What else is known")] = "",
    detected_at: Annotated[
        datetime | None, Field(description="When it was noticed, 2026-01-31T09:00:00Z; default now")
    ] = None,
    onset_at: Annotated[datetime | None, Field(description="When it began, if known; same format")] = None,
    detected_via: Annotated[Line, Field(description="How it was noticed: alert, user report ...")] = "agent",
    duplicate_of: Annotated[
        str, Field(description="Id of an open incident to join instead", pattern=rf"{INCIDENT_ID}|^$")
    ] = "",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Opened]]:
    """Open an incident; starts every clock."""
    if duplicate_of:
        same = c.Join(
            target=target, title=title, description=description, detected_at=detected_at, detected_via=detected_via
        )
        given = {**same.model_dump(mode="json"), "duplicate_of": duplicate_of}
        joining = call_of(ctx, "open_incident", incident=duplicate_of, key=key, arguments=given)
        return tool_result(await opening.join(app_of(ctx).incidents, joining, same))
    command = c.Open(
        incident="",
        target=target,
        title=title,
        description=description,
        detected_at=detected_at,
        onset_at=onset_at,
        detected_via=detected_via,
    )
    call = call_of(ctx, "open_incident", key=key, arguments=command.model_dump(mode="json"))
    return tool_result(await opening.open_incident(app_of(ctx).incidents, call, command))


async def assess(incident: Incident, ctx: Ctx, key: Key = "") -> Annotated[CallToolResult, a.Answer[a.Assessed]]:
    """Collect evidence."""
    call = call_of(ctx, "assess", incident=incident, key=key)
    return tool_result(await observing.assess(app_of(ctx).incidents, call))


async def classify(
    incident: Incident,
    ctx: Ctx,
    impacts: Annotated[list[Impact], Field(description="What users suffer, as far as known")] = [],
    reported_by: Annotated[Line, Field(description="Who reported the impacts, or evidence that shows them: E3")] = "",
    severity: Annotated[Severity | None, Field(description="Only to raise above the rules' floor")] = None,
    reason: Annotated[Prose, Field(description="Why the severity is raised")] = "",
    users_affected: Annotated[Line, Field(description="Number or share of users affected")] = "",
    business_impact: Annotated[Prose, Field(description="What it costs the business")] = "",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Classified]]:
    """Find the severity."""
    given = {
        "impacts": tuple(impacts),
        "reported_by": reported_by,
        "severity": severity,
        "reason": reason,
        "users_affected": users_affected,
        "business_impact": business_impact,
    }
    call = call_of(ctx, "classify", incident=incident, key=key, arguments=given)
    return tool_result(await opening.classify(app_of(ctx).incidents, call, c.Classify.model_validate(given)))


async def decide(
    incident: Incident,
    ctx: Ctx,
    root_cause: Annotated[Prose, Field(description="Only if clearly understood")] = "",
    isolated: Annotated[bool, Field(description="Confined to a minor feature")] = False,
    fix_safe: Annotated[bool, Field(description="A fix can be made safely in under 15 minutes")] = False,
    fix_minutes: Annotated[int | None, Field(description="Estimate of a fix, minutes", ge=0, le=100_000)] = None,
    rollback_more_disruptive: Annotated[bool, Field(description="Needs `reason`")] = False,
    outside_release: Annotated[bool, Field(description="The cause is outside the deployed release")] = False,
    reason: Annotated[Prose, Field(description="Why these statements hold")] = "",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Decided]]:
    """Walk the decision tree."""
    given = {
        "root_cause": root_cause,
        "isolated": isolated,
        "fix_safe": fix_safe,
        "fix_minutes": fix_minutes,
        "rollback_more_disruptive": rollback_more_disruptive,
        "outside_release": outside_release,
        "reason": reason,
    }
    call = call_of(ctx, "decide", incident=incident, key=key, arguments=given)
    return tool_result(await opening.decide(app_of(ctx).incidents, call, c.Decide.model_validate(given)))


async def verify(
    incident: Incident,
    ctx: Ctx,
    user_reports: Annotated[
        Literal["decreased", "unchanged", "unknown"], Field(description="Reports of users since restoration")
    ] = "unknown",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Verified]]:
    """Look whether production is restored."""
    call = call_of(ctx, "verify", incident=incident, key=key, arguments={"user_reports": user_reports})
    return tool_result(await observing.verify(app_of(ctx).incidents, call, user_reports))


async def post_update(
    incident: Incident,
    text: Annotated[Update, Field(description="What is known and what is being done")],
    ctx: Ctx,
    external: Annotated[bool, Field(description="For the public; a person approves the text first")] = False,
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Updated]]:
    """Post a status update."""
    given = {"text": text, "external": external}
    call = call_of(ctx, "post_update", incident=incident, key=key, arguments=given)
    return tool_result(await updating.post_update(app_of(ctx).incidents, call, c.PostUpdate.model_validate(given)))


async def incident_status(
    ctx: Ctx,
    incident: Annotated[
        str, Field(description="Leave out to list targets and incidents", pattern=rf"{INCIDENT_ID}|^$")
    ] = "",
    query: Annotated[Line, Field(description="Find earlier incidents by words")] = "",
) -> Annotated[CallToolResult, a.Answer[a.Status]]:
    """Tell where an incident stands."""
    call = call_of(ctx, "incident_status", incident=incident, arguments={"query": query})
    return tool_result(await telling.status(app_of(ctx).incidents, call, query))
