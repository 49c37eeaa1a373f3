"""Failures of calls that never reached their handler, or that not even the log could take, as readable results.

Knows: the SDK's ways to fail. Must not know: what any tool does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp_types import CallToolResult
from pydantic import ValidationError

from flightrules.errors import Refused, Unavailable
from flightrules.service import telling
from flightrules.service.answers import Answer, Problem
from flightrules.service.incident_service import IncidentService
from flightrules.state.untrusted import one_line
from flightrules.tools.arguments import INCIDENT_ID
from flightrules.tools.catalog import TOOLS
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result

SHOWN = 5
"""Number of mistakes of one call that are named; the rest shows at the next try."""
_GO_ON = "Once that is done, call again: the server needs no restart."
LOOKS = "incident_status"
"""The tool that changes nothing."""
LONGEST = 80
"""Number of characters that are repeated of a name or a value that a client made up."""


async def unexpected(
    known: Collection[str], name: str, arguments: Mapping[str, Any], context: Ctx | None
) -> CallToolResult | None:
    """The refusal of arguments a tool does not have: a misspelt one must not be dropped in silence."""
    unknown = [f"`{one_line(argument, LONGEST)}`" for argument in arguments if argument not in known]
    if not unknown or context is None:
        return None
    said = f"`{name}` has no argument {', '.join(unknown[:SHOWN])}."
    no = Refused("bad_arguments", said, f"It takes: {', '.join(known)}. {_smallest(name)}")
    return await _refused(name, arguments, context, no)


async def readable(
    wrong: ToolError, name: str, arguments: Mapping[str, Any], context: Ctx | None
) -> CallToolResult | None:
    """The result that says what was wrong with a call; None for what is ours to mend."""
    cause = wrong.__cause__
    if isinstance(cause, Unavailable):
        return tool_result(_world_failed(cause))
    no = _why(name, wrong)
    return await _refused(name, arguments, context, no) if no and context is not None else None


def not_set_up(wrong: Refused | Unavailable) -> CallToolResult:
    """The answer to every call while the settings are missing or wrong, or the log cannot be opened."""
    if isinstance(wrong, Unavailable):
        return tool_result(_world_failed(wrong))
    problem = Problem(kind="refused", code="not_set_up", reason=wrong.reason, remedy=f"{wrong.remedy} {_GO_ON}")
    says = f"This server is not set up yet. {wrong.reason} {problem.remedy}"
    return tool_result(Answer[Any](ok=False, says=says, problem=problem))


def _why(name: str, wrong: ToolError) -> Refused | None:
    """The refusal behind an error of the SDK; None for what is ours to mend."""
    cause = wrong.__cause__
    if isinstance(cause, Refused):
        return cause
    if isinstance(wrong, UnexpectedToolError):
        return None
    if name not in (known := [spec.name for spec in TOOLS]):
        return Refused("bad_arguments", f"There is no tool `{one_line(name, LONGEST)}`.", f"Tools: {', '.join(known)}.")
    said = one_line(str(wrong), 4 * LONGEST)
    if isinstance(cause, ValidationError):
        mistakes = "; ".join(f"`{_place(e['loc'])}`: {e['msg']}" for e in cause.errors()[:SHOWN])
        said = f"`{name}` was called with wrong arguments: {mistakes}."
    return Refused("bad_arguments", said, f"Call it again, corrected. {_smallest(name)}")


def _smallest(name: str) -> str:
    example = next((spec.example for spec in TOOLS if spec.name == name), "{}")
    return f"The smallest valid call: `{name}` with {example}."


def _place(location: tuple[int | str, ...]) -> str:
    return one_line(".".join(str(part) for part in location), LONGEST)


async def _refused(name: str, arguments: Mapping[str, Any], context: Ctx, no: Refused) -> CallToolResult:
    incident = arguments.get("incident")
    named = incident if isinstance(incident, str) and re.fullmatch(INCIDENT_ID, incident) else ""
    shown = {one_line(key, LONGEST): one_line(repr(value), LONGEST) for key, value in list(arguments.items())[:20]}
    call = call_of(context, one_line(name, LONGEST), incident=named, arguments=shown)
    try:
        incidents = app_of(context).incidents
        return tool_result(await (telling.refused if name == LOOKS else IncidentService.refuse)(incidents, call, no))
    except Unavailable as failed:
        return tool_result(_world_failed(failed))


def _world_failed(failed: Unavailable) -> Answer[Any]:
    """Not even the log could be written: said plainly, with the way out."""
    reason = f"{failed.what}: {failed.why}"
    problem = Problem(kind="unavailable", code="unavailable", reason=reason, remedy=failed.remedy)
    return Answer[Any](ok=False, says=str(failed), problem=problem)
