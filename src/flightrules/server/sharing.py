"""Bounds on what one caller may hold of the server at once over HTTP, so that all others are still let in.

Knows: streams, sessions and requests of each caller. Must not know: tools, nor how a caller is known.
The library bounds all callers together; this bounds each, and what waits for nothing makes room first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, authorization_context
from mcp.server.streamable_http import MCP_SESSION_ID_HEADER
from mcp.shared.inbound import MCP_METHOD_HEADER, MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from flightrules.server.rate import RateLimit

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAMS = "subscriptions/listen"
"""The request of the newer protocol that is a stream; in the older one, GET is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Largest numbers of streams, sessions and requests that one caller may hold at once."""

    streams: int = 16
    """Streams of events. One more ends the one that has been silent longest: its client opens another."""
    sessions: int = 32
    """Sessions of the older protocol, some 54 KiB each. One more ends the one that has not been used longest."""
    requests: int = 32
    """Requests under way, such as rollbacks that are followed and questions that are open. One more is refused."""
    pause_s: float = 1.0
    """So long the refusal of a call too many is held back, as a request under way: a caller that asks again at once
    costs the others little."""


@dataclass(slots=True, eq=False)
class _Stream:
    """A stream that is open, and when it was last heard of."""

    ending: anyio.CancelScope
    heard: int


@dataclass(slots=True)
class _Held:
    """Streams, requests and sessions that one caller holds."""

    streams: list[_Stream] = field(default_factory=list)
    requests: int = 0
    sessions: dict[str, None] = field(default_factory=dict)
    """Session ids, that which was used last at the end."""

    @property
    def nothing(self) -> bool:
        """Return True if nothing is left of it."""
        return not (self.streams or self.requests or self.sessions)


class FairShare:
    """The MCP endpoint behind bounds for each caller."""

    def __init__(self, app: ASGIApp, limit: RateLimit, now: Callable[[], datetime], share: Share | None = None) -> None:
        self._app = app
        self._limit = limit
        self._now = now
        self._share = share or Share()
        self._held: dict[str, _Held] = {}
        self._tick = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not now."""
        caller, headers = _caller(scope), Headers(scope=scope)
        held = self._held.setdefault(caller, _Held())
        try:
            if held.requests >= self._share.requests and not _is_stream(scope, headers):
                await _too_many(f"{held.requests} requests of this caller are under way.", 1)(scope, receive, send)
            elif no := self._objection(caller, scope, headers):
                await self._refuse(held, no, scope, receive, send)
            elif _is_stream(scope, headers):
                await self._stream(held, scope, receive, send)
            else:
                await self._request(held, headers, scope, receive, send)
        finally:
            if held.nothing:
                self._held.pop(caller, None)

    def _objection(self, caller: str, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """Return the refusal of a request, if any; one that opens a session or a stream counts as a call."""
        # A stream of the newer protocol is counted as the read it is (admission.py).
        opens = scope["method"] == "GET" or _opens_session(headers)
        wait = self._limit.take(caller, self._now()) if opens else None
        return _too_many(f"More than {self._limit.per_minute} calls a minute.", wait.seconds) if wait else None

    async def _refuse(self, held: _Held, no: PlainTextResponse, scope: Scope, receive: Receive, send: Send) -> None:
        held.requests += 1
        try:
            if held.requests <= self._share.requests:
                await anyio.sleep(self._share.pause_s)
            await no(scope, receive, send)
        finally:
            held.requests -= 1

    async def _stream(self, held: _Held, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a stream until its client goes, or until it makes room."""
        if len(held.streams) >= self._share.streams:
            silent = min(held.streams, key=lambda one: one.heard)
            held.streams.remove(silent)
            silent.ending.cancel()
        stream = _Stream(anyio.CancelScope(), next(self._tick))
        held.streams.append(stream)
        state = {"begun": False, "ended": False}

        async def heard(message: Message) -> None:
            stream.heard = next(self._tick)
            state["begun"] = True
            state["ended"] = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            with stream.ending:
                await self._app(scope, receive, heard)
        finally:
            if stream in held.streams:
                held.streams.remove(stream)
        if stream.ending.cancelled_caught:
            await _end(state, scope, receive, send)

    async def _request(self, held: _Held, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and keep in mind which session it opened or used."""
        used = headers.get(MCP_SESSION_ID_HEADER)
        if used in held.sessions:
            held.sessions[used] = held.sessions.pop(used)
        opened: list[str] = []

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and used is None:
                opened.extend(_session_of(message))
            await send(message)

        held.requests += 1
        try:
            await self._app(scope, receive, told)
        finally:
            held.requests -= 1
            if scope["method"] == "DELETE" and used:
                held.sessions.pop(used, None)
        for session in opened:
            await self._keep(held, session, scope)

    async def _keep(self, held: _Held, session: str, scope: Scope) -> None:
        """Remember a new session of a caller, and end what was used longest ago where there are too many."""
        held.sessions[session] = None
        while len(held.sessions) > self._share.sessions:
            oldest = next(iter(held.sessions))
            del held.sessions[oldest]
            await self._app(_ending(scope, oldest), _nothing_more, _unheard)


def share_out(
    server: MCPServer[Any], limit: RateLimit, now: Callable[[], datetime], share: Share | None = None
) -> None:
    """Put these bounds before the endpoint of a server whose HTTP application was made."""
    manager = server.session_manager
    manager.asgi_app = FairShare(manager.asgi_app, limit, now, share)  # type: ignore[assignment] # any application will do


def _caller(scope: Scope) -> str:
    """Return who calls: the client and subject of a token, or everybody without a token together."""
    user = scope.get("user")
    return repr(authorization_context(user)) if isinstance(user, AuthenticatedUser) else ""


def _is_stream(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "GET" or headers.get(MCP_METHOD_HEADER) == STREAMS


def _opens_session(headers: Headers) -> bool:
    """Return True if a request opens a session.

    Such a request does not name a session, and is not of the newer protocol, which has no sessions.
    """
    version = headers.get(MCP_PROTOCOL_VERSION_HEADER)
    return MCP_SESSION_ID_HEADER not in headers and (version is None or version in HANDSHAKE_PROTOCOL_VERSIONS)


def _session_of(message: Message) -> list[str]:
    return [Headers(raw=message["headers"])[MCP_SESSION_ID_HEADER]] if _has_session(message) else []


def _has_session(message: Message) -> bool:
    return message["status"] < 400 and MCP_SESSION_ID_HEADER in Headers(raw=message["headers"])  # noqa: PLR2004


def _too_many(why: str, seconds: float) -> PlainTextResponse:
    wait = max(1, ceil(seconds))
    return PlainTextResponse(f"{why} Call again in {wait} s.\n", status_code=429, headers={"Retry-After": str(wait)})


async def _end(state: dict[str, bool], scope: Scope, receive: Receive, send: Send) -> None:
    """End a stream that made room in good order, so that its client sees an end and not an error."""
    if not state["begun"]:
        await _too_many("Other streams of this caller came after this one.", 1)(scope, receive, send)
    elif not state["ended"]:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _ending(scope: Scope, session: str) -> Scope:
    """The request by which a client would end a session of its own."""
    own = {MCP_SESSION_ID_HEADER.encode(), b"content-type", b"content-length", MCP_PROTOCOL_VERSION_HEADER.encode()}
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in own]
    return {**scope, "method": "DELETE", "headers": [*headers, (MCP_SESSION_ID_HEADER.encode(), session.encode())]}


async def _nothing_more() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _unheard(_message: Message) -> None:
    return None
