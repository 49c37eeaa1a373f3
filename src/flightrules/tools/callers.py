"""Sender of the current request, if the transport has authenticated it.

Knows: where the SDK keeps the token of a request. Must not know: how it was checked.
"""

from __future__ import annotations

from typing import Any

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.mcpserver import Context

from flightrules.account import account
from flightrules.state.caller import Caller


class CallerToken(AccessToken):
    """The SDK's token, with the caller it was believed to be."""

    caller: Caller


def caller_of(ctx: Context[Any, Any]) -> Caller | None:
    """The authenticated caller; None over stdio, and over HTTP on this machine without authentication."""
    scope = getattr(ctx.request_context.request, "scope", None) or {}
    # A session may outlive the token that began it: the token of this very request counts.
    token = getattr(scope.get("user"), "access_token", None) or get_access_token()
    return token.caller if isinstance(token, CallerToken) else None


UNKNOWN = "unauthenticated over HTTP"
"""Name for a caller for whom nobody vouches: any account of the machine may have made the call."""


def vouched_for(ctx: Context[Any, Any]) -> bool:
    """Return True if it is known whose call it is: by a token, or over stdio, which its own user started."""
    return ctx.request_context.request is None or caller_of(ctx) is not None


def account_behind(ctx: Context[Any, Any]) -> str:
    """The account on record for a call."""
    return account_of(caller_of(ctx)) if vouched_for(ctx) else UNKNOWN


def account_of(caller: Caller | None) -> str:
    """Return the account of a caller, as far as anybody vouches for it.

    That is the token's subject, else the account of this process.
    """
    return caller.subject if caller else account()
