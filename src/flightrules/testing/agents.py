"""An MCP client in memory: an agent that calls tools, and the user of its client who answers forms.

Knows: how a test without an event loop calls the server. Must not know: any rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from anyio.from_thread import BlockingPortal
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, Implementation

from flightrules.server.mcp import build_server
from flightrules.service.application import Application
from flightrules.state.caller import Caller, Scope
from flightrules.testing.clock import ManualClock
from flightrules.tools.callers import CallerToken

UserAnswer = Literal["yes", "no", "decline", "cancel", "silent"]
"""`yes` and `no` are submitted by a person. A client declines or cancels by itself. `silent` never answers."""

GIVES_UP_S = 60.0
"""Number of seconds that a client waits for a user who never answers."""


class _NoAnswerError(Exception):
    """The user never answered."""


class Agent:
    """One client at the server. Every method waits until it is done."""

    def __init__(self, portal: BlockingPortal, clock: ManualClock, *, account: str = "") -> None:
        self.portal = portal
        """Runs work on the server's event loop."""
        self.user: UserAnswer = "cancel"
        """The answer to every form that the server shows."""
        self.forms: list[str] = []
        """The text of each form that was shown."""
        self._clock = clock
        self._account = account
        self._client: Client | None = None

    def call(self, tool: str, /, **arguments: object) -> dict[str, Any]:
        """Call a tool. Return the structured answer, also of a call that is refused.

        If the user never answers a form, the client gives the call up after 60 seconds and calls again.
        """
        try:
            result = self.portal.call(self._call, tool, arguments)
        except* _NoAnswerError:
            self._clock.advance(GIVES_UP_S)
            result = self.portal.call(self._call, tool, arguments)
        if result.structured_content is None:
            raise AssertionError(f"{tool} gave no structured answer: {result}")
        return dict(result.structured_content)

    async def _call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        if self._client is None:
            raise AssertionError("the client is not connected")
        if self._account:
            auth_context_var.set(AuthenticatedUser(_token(self._account)))
        return await self._client.call_tool(tool, arguments)

    async def elicited(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Answer a form for the user."""
        del context
        self.forms.append(params.message)
        if self.user == "silent":
            raise _NoAnswerError
        if self.user in ("decline", "cancel"):
            return ElicitResult(action=self.user)
        content = {"approve": self.user == "yes", "acknowledge": True, "reason": "not now"}
        return ElicitResult(action="accept", content=content)

    @contextmanager
    def connected(self, app: Application, name: str = "", *, forms: bool = True) -> Iterator[None]:
        """Connect to a server over the application; without forms the client can show none to its user."""
        info = Implementation(name=name, version="1") if name else None
        answers = self.elicited if forms else None
        client = Client(build_server(app), client_info=info, elicitation_callback=answers)
        with self.portal.wrap_async_context_manager(client) as self._client:
            yield


def _token(account: str) -> CallerToken:
    """A bearer token of an account, as one that was verified over HTTP."""
    caller = Caller(subject=account, client="", scopes=frozenset(Scope), granted=tuple(Scope))
    return CallerToken(token=account, client_id="", scopes=list(caller.granted), caller=caller)
