"""The tool for the analysis.

Knows: how arguments become a command. Must not know: what an analysis may claim.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from mcp_types import CallToolResult
from pydantic import AfterValidator, Field

from flightrules.service import analysing
from flightrules.service import answers as a
from flightrules.state.analysis import Analysis, Cited, Observed, Reproduced
from flightrules.tools.arguments import Incident, Key, Prose, seen_on_one_line
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result


async def analyze(
    incident: Incident,
    ctx: Ctx,
    whys: Annotated[
        list[Cited],
        Field(description="Chain of whys: each answers why of the one before", max_length=10),
        AfterValidator(seen_on_one_line),
    ] = [],
    observed: Annotated[
        list[Observed],
        Field(description="Events seen outside this server", max_length=20),
        AfterValidator(seen_on_one_line),
    ] = [],
    compare: Annotated[bool, Field(description="Read what changed between the good and the bad release")] = False,
    reproduced: Annotated[Reproduced, Field(description="How often it happened when it was tried again")] = "",
    steps: Annotated[Prose, Field(description="Steps that reproduce it")] = "",
    root_cause: Annotated[Cited | None, Field(description="The root cause; must cite evidence")] = None,
    onset_at: Annotated[datetime | None, Field(description="When it began, if the cause's evidence shows it")] = None,
    nothing_to_add: Annotated[Prose, Field(description="Why you have no finding; then give nothing else")] = "",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.Analysed]]:
    """Add to the analysis."""
    given = Analysis(
        whys=tuple(whys),
        observed=tuple(observed),
        compare=compare,
        nothing_to_add=nothing_to_add,
        reproduced=reproduced,
        steps=steps,
        onset_at=onset_at,
        root_cause=seen_on_one_line([root_cause])[0] if root_cause else None,
    )
    arguments = given.model_dump(mode="json", exclude_defaults=True)
    call = call_of(ctx, "analyze", incident=incident, key=key, arguments=arguments)
    return tool_result(await analysing.analyze(app_of(ctx).incidents, call, given))
