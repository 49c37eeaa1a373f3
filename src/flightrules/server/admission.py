"""Admission of callers over HTTP: who is let in, what each caller may do, and how often.

Knows: the SDK's way to authenticate, scopes, and the limit of calls. Must not know: how a token is checked.
A refusal is an ordinary answer and on record, so that a person sees who tried; of calls too many, the first in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any

import anyio
from mcp.server.auth.settings import AuthSettings
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST, CallToolResult

from flightrules.errors import Refused, Unavailable
from flightrules.ports import Callers
from flightrules.server.rate import RateLimit
from flightrules.service.answers import Answer, Problem
from flightrules.state.caller import Caller, Scope
from flightrules.state.untrusted import one_line
from flightrules.tools.callers import CallerToken, account_of, caller_of
from flightrules.tools.catalog import TOOLS
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result

LONGEST = 80
"""Number of characters that are repeated of a name that a client made up."""


class Verifier:
    """The SDK's TokenVerifier over those who may call."""

    def __init__(self, callers: Sequence[Callers], resource: str) -> None:
        self._callers = tuple(callers)
        self._resource = resource

    async def verify_token(self, token: str) -> CallerToken | None:
        """The token's caller; None where nobody knows it."""
        for callers in self._callers:
            if caller := await callers.whose(token):
                return self._believed(token, caller)
        return None

    def _believed(self, token: str, caller: Caller) -> CallerToken:
        return CallerToken(
            token=token,
            client_id=caller.client,
            scopes=list(caller.granted),
            expires_at=caller.expires,
            resource=self._resource,
            subject=caller.subject,
            claims={"iss": caller.issuer} if caller.issuer else None,
            caller=caller,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Requirements that the server has of those who call over HTTP."""

    limit: RateLimit
    verifier: Verifier | None = None
    """Without one everybody is let in: on this machine only."""
    auth: AuthSettings | None = None
    pause_s: float = 0.0
    """So long the refusal of a call too many is held back: a caller that asks again at once costs the others little."""

    async def to_call(self, tool: str, ctx: Ctx) -> CallToolResult | None:
        """The refusal of a tool call; None where it may be made."""
        known = [spec for spec in TOOLS if spec.name == tool]
        scope = Scope.READ if known and known[0].read_only else Scope.RESPOND
        no = await self._objection(one_line(tool, LONGEST), scope, ctx)
        return _refusal(no) if no else None

    async def to_read(self, uri: str, ctx: Ctx) -> None:
        """Raise the SDK's error where a resource may not be read."""
        if no := await self._objection(one_line(uri, LONGEST), Scope.READ, ctx):
            raise MCPError(INVALID_REQUEST, str(no))

    async def _objection(self, what: str, scope: Scope, ctx: Ctx) -> Refused | None:
        """Return the reason that this call may not be made; it is on record then."""
        no, recorded = self._too_many(ctx)
        if no:
            await anyio.sleep(self.pause_s)
        else:
            no, recorded = self._not_allowed(what, scope, ctx), True
        if no and recorded:
            # In no incident's own stream: whoever may not see one must not be told how it stands.
            with suppress(Unavailable):
                await app_of(ctx).incidents.refuse(call_of(ctx, what), no)
        return no

    def _too_many(self, ctx: Ctx) -> tuple[Refused | None, bool]:
        caller = caller_of(ctx)
        who = f"{caller.issuer}\n{caller.subject}" if caller else ""
        wait = self.limit.take(who, app_of(ctx).incidents.clock.now())
        if wait is None:
            return None, False
        said = f"has made {self.limit.per_minute} calls within a minute, and more may not be made."
        reason = f"{account_of(caller)} {said}"
        return Refused("too_many_calls", reason, f"Call again in {max(1, ceil(wait.seconds))} s."), wait.first

    def _not_allowed(self, what: str, scope: Scope, ctx: Ctx) -> Refused | None:
        if self.verifier is None:
            return None
        caller = caller_of(ctx)
        if caller is None:
            return Refused("not_authenticated", f"`{what}` was called without a token.", "Send a bearer token.")
        if scope in caller.scopes:
            return None
        has = ", ".join(sorted(caller.scopes)) or "none"
        reason = f"`{what}` needs the scope `{scope}`; the token of {caller.subject} has: {has}."
        return Refused("missing_scope", reason, "Use a token that has it.")


def _refusal(no: Refused) -> CallToolResult:
    """The refusal of a tool call."""
    problem = Problem(kind="refused", code=no.code, reason=no.reason, remedy=no.remedy)
    return tool_result(Answer[Any](ok=False, says=str(no), problem=problem))
