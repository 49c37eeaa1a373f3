"""`Host` and `Origin` headers that are exactly a name and a port; the SDK compares beginnings alone.

Knows: the form of both headers. Must not know: which names are answered (the SDK's list says that).
"""

from __future__ import annotations

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_NAME = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?"
_FORMS = {b"host": (re.compile(_NAME), 421), b"origin": (re.compile(rf"(null|[A-Za-z][A-Za-z0-9+.-]*://{_NAME})"), 403)}


class ExactNames:
    """Refuses a request whose `Host` or `Origin` is anything else, before the SDK sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is well-formed."""
        for name, value in scope.get("headers", ()) if scope["type"] == "http" else ():
            form, status = _FORMS.get(name.lower(), (None, 0))
            if form is not None and not form.fullmatch(value.decode("latin-1")):
                await PlainTextResponse(f"Invalid {name.decode()} header", status_code=status)(scope, receive, send)
                return
        await self._app(scope, receive, send)
