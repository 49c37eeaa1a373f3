"""Conversion of what a handler gets from the SDK into what the service wants.

Knows: the SDK's context. Must not know: any rule; a client's name is a label, never an authority.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from mcp.server.mcpserver import Context
from pydantic_core import to_jsonable_python

from flightrules.service.application import Application
from flightrules.service.invocation import Call
from flightrules.state.log import acting
from flightrules.state.untrusted import clean
from flightrules.state.vocabulary import ActorKind
from flightrules.tools.callers import account_behind, caller_of

Ctx = Context[Callable[[], Application], Any]

NAME_LIMIT = 80


def app_of(ctx: Ctx) -> Application:
    """The application behind this server."""
    opened: Callable[[], Application] = ctx.request_context.lifespan_context
    return opened()


def client_name(ctx: Ctx) -> str:
    """Return the name that the client gives itself."""
    params = ctx.session.client_params
    name = params.client_info.name if params and params.client_info else "unnamed client"
    return _cleaned(name)


@lru_cache(maxsize=64)
def _cleaned(name: str) -> str:
    return clean(name, NAME_LIMIT)


def call_of(
    ctx: Ctx, tool: str, *, incident: str = "", key: str = "", arguments: Mapping[str, object] | None = None
) -> Call:
    """The call as the service takes it; an agent is always an agent, whatever it claims."""
    caller = caller_of(ctx)
    name = f"{client_name(ctx)} ({caller.subject})" if caller else client_name(ctx)
    actor = acting(ActorKind.AGENT, name, "mcp")
    given = {
        name: value
        for name, value in to_jsonable_python(dict(arguments or {})).items()
        if value not in (None, "", [], ())
    }
    return Call(tool=tool, arguments=given, actor=actor, incident=incident, key=key, account=account_behind(ctx))
