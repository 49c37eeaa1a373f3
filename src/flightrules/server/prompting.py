"""The prompts on the SDK's server, each with how the incident stands now.

Knows: the SDK. Must not know: what a prompt says, or any rule.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from mcp.server.mcpserver.prompts.base import Prompt, PromptArgument
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from flightrules.errors import Unavailable
from flightrules.prompts.catalog import ARGUMENTS, PromptSpec, prompts
from flightrules.server.front import FlightrulesServer
from flightrules.service import telling
from flightrules.tools.arguments import INCIDENT_ID
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import text_of

RELEASE = r"[0-9a-f]{7,64}"


def add_prompts(server: FlightrulesServer) -> None:
    """Give a server every prompt."""
    for spec in prompts():
        server.add_prompt(_prompt(spec))


def _prompt(spec: PromptSpec) -> Prompt:
    required = [PromptArgument(name=name, description=ARGUMENTS[name], required=True) for name in spec.required]
    optional = [PromptArgument(name=name, description=ARGUMENTS[name], required=False) for name in spec.optional]
    return Prompt(
        name=spec.name,
        title=spec.title,
        description=f"{spec.description} (Version {spec.version}.)",
        arguments=[*required, *optional],
        fn=_filled(spec),
        context_kwarg="ctx",
    )


def _filled(spec: PromptSpec) -> Callable[..., Awaitable[str]]:
    async def filled(ctx: Ctx, **given: str) -> str:
        known = _checked(spec, given, ctx)
        try:
            return f"{spec.text(known)}\n{await _standing(spec, known, ctx)}\n"
        except Unavailable as failed:
            raise MCPError(INVALID_PARAMS, str(failed)) from failed

    return filled


def _checked(spec: PromptSpec, given: Mapping[str, str], ctx: Ctx) -> dict[str, str]:
    """Return the given arguments, if each has the form that it must have.

    An argument stands in the prompt as it is.
    """
    targets = "|".join(map(re.escape, app_of(ctx).incidents.managed_targets))
    forms = {"incident": INCIDENT_ID.strip("^$"), "target": targets, "release": RELEASE}
    taken = (*spec.required, *spec.optional)
    for name, value in given.items():
        if name not in taken:
            raise MCPError(INVALID_PARAMS, f"The prompt takes no such argument; it takes: {', '.join(taken)}.")
        if value and not re.fullmatch(forms[name], value):
            raise MCPError(INVALID_PARAMS, f"`{name}` is not of the form {forms[name]}.")
    return {name: value for name, value in given.items() if value}


async def _standing(spec: PromptSpec, known: Mapping[str, str], ctx: Ctx) -> str:
    """Return where the incident stands; without an incident, what there is."""
    call = call_of(ctx, f"prompt {spec.name}", incident=known.get("incident", ""), arguments=known)
    answer = await telling.status(app_of(ctx).incidents, call)
    if not answer.ok:
        raise MCPError(INVALID_PARAMS, answer.says)
    told = text_of(answer, answer.plain()) if answer.phase else answer.says
    return f"## Current state\n\n{told}"
