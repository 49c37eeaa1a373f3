"""Requests over HTTP that the SDK leaves without an answer: odd ids, and streams to be taken up again.

Knows: HTTP bodies and headers. Must not know: what any method means.
A request whose id is null or a fraction is a notification to the SDK, and its client waits for an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mcp_types import INVALID_REQUEST, ErrorData, JSONRPCError
from pydantic_core import from_json
from starlette.responses import Response

from flightrules.server.envelopes import NO_REQUEST, NOTICE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

AGAIN = b"last-event-id"
"""The header of a client that wants to take a stream up: no stream is kept, so it gets a new one."""


class OddRequests:
    """Answers such requests itself, and lets all others through as they are."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        """A longer body is not looked into: the application refuses it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "POST":
            await self._posted(scope, receive, send)
        else:
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != AGAIN]
            await self._app({**scope, "headers": headers}, receive, send)

    async def _posted(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken: list[Message] = []
        body = b""
        while not taken or taken[-1].get("more_body", False):
            taken.append(await receive())
            body += taken[-1].get("body", b"")
            if len(body) > self._most:
                break
        if len(body) <= self._most and _has_odd_id(body):
            error = ErrorData(code=INVALID_REQUEST, message=NO_REQUEST)
            said = JSONRPCError(jsonrpc="2.0", id=None, error=error).model_dump_json(by_alias=True, exclude_unset=True)
            await Response(said, status_code=400, media_type="application/json")(scope, receive, send)
            return
        again = _again(taken)
        await self._app(scope, lambda: _next(again, receive), send)


def _again(taken: list[Message]) -> Iterator[Message]:
    yield from taken


async def _next(taken: Iterator[Message], receive: Receive) -> Message:
    """Return the next message that was taken already; once there is none left, the next that comes."""
    message = next(taken, None)
    return message if message is not None else await receive()


def _has_odd_id(body: bytes) -> bool:
    """Return True if a body is a request with an id that is not of a kind that an id may have."""
    if b'"id"' not in body:
        return False
    try:
        value = from_json(body)
    except ValueError:
        return False
    if not isinstance(value, dict) or "id" not in value or "method" not in value:
        return False
    number = value["id"]
    odd = not isinstance(number, str | int) or isinstance(number, bool)
    return odd and not str(value["method"]).startswith(NOTICE)
