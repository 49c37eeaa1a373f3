"""The MCP endpoint over HTTP, whole: names, browsers, ids, shares, and the SDK's application behind them.

Knows: the order of the layers. Must not know: settings, nor how anybody listens. Imported only to serve over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flightrules.server.browsers import for_browsers
from flightrules.server.listening import HttpLimits
from flightrules.server.names import ExactNames
from flightrules.server.odd_requests import OddRequests
from flightrules.server.rate import RateLimit
from flightrules.server.sharing import Share, share_out

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Terms to which the endpoint holds callers."""

    security: TransportSecuritySettings
    limit: RateLimit
    now: Callable[[], datetime]
    patience: HttpLimits
    origins: Sequence[str] = ()
    """Web pages of other places that may call."""
    share: Share | None = None
    beside: Sequence[Callable[[ASGIApp], ASGIApp]] = ()
    """Further routes, each of which passes on what is not its own."""
    host: str = "127.0.0.1"


def endpoint(server: MCPServer[Any], terms: Terms) -> ASGIApp:
    """The application that answers at /mcp."""
    body = terms.patience.body
    app: ASGIApp = server.streamable_http_app(
        host=terms.host, transport_security=terms.security, max_request_body_size=body
    )
    manager = server.session_manager
    # Behind authentication: of a stranger nothing is read.
    manager.asgi_app = OddRequests(manager.asgi_app, body)  # type: ignore[assignment] # any application will do
    share_out(server, terms.limit, terms.now, terms.share)
    app = for_browsers(app, terms.origins)
    for route in terms.beside:
        app = route(app)
    return ExactNames(app)
