"""The tool for the fix path.

Knows: how arguments become a command. Must not know: when a fix is allowed, nor how tests are run.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from mcp_types import CallToolResult
from pydantic import AfterValidator, Field

from flightrules.service import answers as a
from flightrules.service import fixing, otherwise
from flightrules.state import commands as c
from flightrules.state.fix import FixCheck
from flightrules.tools.arguments import Incident, Key, Line, seen_on_one_line
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result

Action = Literal["begin", "branch", "test", "deployed", "failed", "abandoned", "by_hand", "none"]


async def fix(
    incident: Incident,
    action: Annotated[Action, Field(description="The next step of the fix, or how it ended")],
    ctx: Ctx,
    says: Annotated[Line, Field(description="What is changed, or why it failed")] = "",
    checks: Annotated[
        list[FixCheck],
        Field(description="Evidence for each point of the checklist", max_length=10),
        AfterValidator(seen_on_one_line),
    ] = [],
    reference: Annotated[Line, Field(description="Commit or pull request of the fix")] = "",
    deployment: Annotated[Line, Field(description="How it was deployed")] = "",
    at: Annotated[
        datetime | None, Field(description="When it was deployed, repaired or over, if reported late")
    ] = None,
    who: Annotated[Line, Field(description="Who did it, for by_hand")] = "",
    key: Key = "",
) -> Annotated[CallToolResult, a.Answer[a.FixResult]]:
    """Take a fix from its beginning to its end."""
    given = {"says": says, "checks": tuple(checks), "reference": reference, "deployment": deployment}
    late = {"at": at.isoformat()} if at else {}
    told = {"action": action, **given, **late, **({"who": who} if who else {})}
    call = call_of(ctx, "fix", incident=incident, key=key, arguments=told)
    app = app_of(ctx)
    if action in ("by_hand", "none"):
        evidence = tuple(check.evidence for check in checks)
        claimed = {"how": action, "says": says, "who": who, "at": at, "evidence": evidence}
        return tool_result(await otherwise.claim(app.incidents, call, c.ClaimMitigation.model_validate(claimed)))
    if action == "test":
        return tool_result(await app.suite_runs.test(call, tuple(checks)))
    if action == "branch":
        return tool_result(await fixing.branch(app.incidents, call, tuple(checks)))
    if action == "begin":
        return tool_result(await fixing.fix(app.incidents, call, c.BeginFix(says=says, checks=tuple(checks))))
    command = c.EndFix.model_validate({"outcome": action, **given, "deployed_at": at})
    return tool_result(await fixing.fix(app.incidents, call, command))
