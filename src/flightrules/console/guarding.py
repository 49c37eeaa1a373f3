"""The guard in front of every page: which host, which page asks, and the headers that bound what a page can do.

Knows: what browsers say of a request (Host, Origin, Sec-Fetch-*). Must not know: sessions, pages, incidents.
A cookie does not know ports, so a request that changes anything must come from a page of exactly this origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No inline script or style, nothing from elsewhere, in no frame, and no text that becomes markup in the browser."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with no-referrer a form would send the Origin `null`
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Guard:
    """Refuses what does not come from the console's own pages, and adds the headers of every answer."""

    def __init__(self, app: ASGIApp, origin: str, hosts: tuple[str, ...] = ()) -> None:
        self._app = app
        self._origin = origin
        parts = urlsplit(origin)
        self._hosts = frozenset({parts.netloc, *hosts})
        self._local = parts.hostname == "localhost" or (parts.hostname or "").endswith(".localhost")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        answer = self._refusal(scope) or self._app
        await answer(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that no page of ours made; None for one of ours."""
        headers, method = Headers(scope=scope), scope["method"]
        if (host := headers.get("host", "").lower()) not in self._hosts:
            return self._elsewhere(host, scope, method)
        asker = headers.get("sec-fetch-site", "")
        if method in SAFE:
            # Another site may lead here by a link, and may not read or embed anything.
            followed = headers.get("sec-fetch-mode") in ("navigate", None) and headers.get("sec-fetch-dest") in (
                "document",
                None,
            )
            return None if asker in ("", "same-origin", "none") or followed else _no("Another site may not read this.")
        if headers.get("origin") != self._origin or asker not in ("", "same-origin"):
            return _no("Only a page of the console may do this.")
        return None

    def _elsewhere(self, host: str, scope: Scope, method: str) -> Response:
        """Lead from an address of this machine to the name that passkeys work at; refuse all others."""
        if self._local and method in SAFE and _name(host) in THIS_MACHINE:
            return RedirectResponse(f"{self._origin}{_path(scope)}", status_code=307)
        why = f"The console is at {self._origin}. A proxy in front must pass the Host header on as it came."
        return PlainTextResponse(why, status_code=421)


def _no(why: str) -> Response:
    return PlainTextResponse(why, status_code=403)


def _name(host: str) -> str:
    """Return a host without its port."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _path(scope: Scope) -> str:
    """Return the path as it was asked for; never one that a browser takes for another site."""
    return "/" + str(scope.get("raw_path", b"/").decode("latin-1")).lstrip("/\\")
