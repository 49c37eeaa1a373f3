"""Web pages of other places that may call: what a browser asks before it lets them.

Knows: CORS. Must not know: who may call. Pages that the settings do not name get no word of permission.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp

METHODS = ("GET", "POST", "DELETE")
SENT = (
    *("Accept", "Authorization", "Content-Type", "Last-Event-ID"),
    *("Mcp-Session-Id", "Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name"),
)
"""Headers that a client sends."""
READ = ("Mcp-Session-Id", "Mcp-Protocol-Version", "WWW-Authenticate", "Retry-After")
"""Headers of an answer that a page may read."""
ASKED_AGAIN_S = 600
ANY_PORT = ":*"


def for_browsers(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The application, with what browsers ask for these pages; itself where there are none."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origin_regex="|".join(map(_pattern, origins)),
        allow_methods=METHODS,
        allow_headers=SENT,
        expose_headers=READ,
        max_age=ASKED_AGAIN_S,
    )


def _pattern(origin: str) -> str:
    """One origin, or one on any port."""
    if origin.endswith(ANY_PORT):
        return re.escape(origin.removesuffix(ANY_PORT)) + r":[0-9]{1,5}"
    return re.escape(origin)
