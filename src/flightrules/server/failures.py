"""Failures of calls that never reached their handler, or that not even the log could take, as readable results.

Knows: the SDK's ways to fail. Must not know: what any tool does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_types import CallToolResult
from pydantic import ValidationError

from flightrules.errors import Refused, Unavailable
from flightrules.service.answers import Answer, Problem
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result


async def readable(
    cause: BaseException | None, name: str, arguments: Mapping[str, Any], context: Ctx | None
) -> CallToolResult | None:
    """The result that says what was wrong with a call; None for what is no failure of shape or of the world."""
    if context is not None and isinstance(cause, ValidationError):
        return await _misshapen(name, arguments, cause, context)
    if isinstance(cause, Unavailable):
        return tool_result(_world_failed(cause))
    return None


async def _misshapen(name: str, arguments: Mapping[str, Any], wrong: ValidationError, context: Ctx) -> CallToolResult:
    said = "; ".join(f"`{'.'.join(str(part) for part in e['loc'])}`: {e['msg']}" for e in wrong.errors()[:5])
    incident = arguments.get("incident")
    call = call_of(context, name, incident=incident if isinstance(incident, str) else "")
    no = Refused("bad_arguments", f"`{name}` was called with wrong arguments: {said}.", "Call it again, corrected.")
    return tool_result(await app_of(context).desk.refuse(call, no))


def _world_failed(failed: Unavailable) -> Answer[Any]:
    """Not even the log could be written: said plainly, with the way out."""
    reason = f"{failed.what}: {failed.why}"
    problem = Problem(kind="unavailable", code="unavailable", reason=reason, remedy=failed.remedy)
    return Answer[Any](ok=False, says=str(failed), problem=problem)
