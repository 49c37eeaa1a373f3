"""The MCP endpoint and the console on one port: each an application of its own, told apart by the path.

Knows: which paths are the endpoint's. Must not know: what either does. A fault in one changes nothing in the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ENDPOINT = ("/mcp", "/.well-known", "/alerts")


def joined(endpoint: ASGIApp, console: ASGIApp) -> ASGIApp:
    """Return one application; start and end of the process are the endpoint's."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "/")
        ours = scope["type"] != "http" or any(path == one or path.startswith(f"{one}/") for one in ENDPOINT)
        await (endpoint if ours else console)(scope, receive, send)

    return either
