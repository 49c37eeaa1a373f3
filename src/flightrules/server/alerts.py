"""The address of alerts over HTTP: `/alerts/` and the name of a source. Answered once the log has what is news.

Knows: requests, and the secret of each source. Must not know: what follows from an alert.
The answer is 202 for whatever was understood, also for a target that nobody knows: some senders never come again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import JsonValue
from starlette.responses import JSONResponse

from flightrules.config.alerts import AlertSource
from flightrules.errors import Refused, Unavailable
from flightrules.service.alerts.intake import Taken
from flightrules.state.alerts.alert import Alert
from flightrules.state.alerts.parsing import parse
from flightrules.state.alerts.signatures import bearer_or_basic, signed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/alerts/"
LARGEST = 4 * 2**20
"""Bytes of one delivery: some thousand alerts of a group without `max_alerts`."""
AGAIN_S = "5"

log = logging.getLogger("flightrules")

Hear = Callable[[str, Sequence[Alert]], Awaitable[Taken]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A source with its secrets."""

    source: AlertSource
    secrets: tuple[str, ...]

    def knows(self, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Return True if a delivery is proven to be from the source."""
        source = self.source
        if source.proof == "signature":
            stamp = source.timestamp_header
            return signed(source.type, self.secrets, headers, body, now=now, timestamp_header=stamp)
        return bearer_or_basic(source.proof, source.user, self.secrets, headers)


class AlertsRoute:
    """Takes requests below `/alerts/`, and passes all others on."""

    def __init__(self, app: ASGIApp, gates: Mapping[str, Gate], hear: Hear, now: Callable[[], datetime]) -> None:
        self._app = app
        self._gates = gates
        self._hear = hear
        self._now = now
        self._turned_away: set[str] = set()
        """Sources of which the last delivery was turned away: of many in a row, the first is told."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a delivery."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        await (await self._answer(scope, receive))(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> JSONResponse:
        gate = self._gates.get(scope["path"].removeprefix(PREFIX))
        if gate is None:
            return _said(404, "There is no such source of alerts.")
        if scope["method"] != "POST":
            return _said(405, "Alerts are sent by POST.", allow="POST")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        now = self._now()
        # Who sends a secret is known before the body is read; a signature is over the body.
        if gate.source.proof != "signature" and not gate.knows(headers, b"", now):
            return self._unknown(gate)
        body = await _body(receive)
        if body is None:
            return _said(413, f"A delivery has at most {LARGEST} bytes. Set `max_alerts` or group more finely.")
        if gate.source.proof == "signature" and not gate.knows(headers, body, now):
            return self._unknown(gate)
        return await self._taken(gate.source, headers, body)

    async def _taken(self, source: AlertSource, headers: Mapping[str, str], body: bytes) -> JSONResponse:
        try:
            alerts = parse(source.type, body, mapping=source.mapping, headers=headers)
            real = [alert for alert in alerts if not alert.is_test]
            taken = await self._hear(source.name, real)
        except Refused as no:
            self._tell(source, f"was not understood: {no}")
            return _said(400, str(no))
        except Unavailable as failed:
            return _said(503, str(failed), **{"retry-after": AGAIN_S})
        self._turned_away.discard(source.name)
        told: dict[str, JsonValue] = {"news": taken.news, "repeats": taken.repeats, "tests": len(alerts) - len(real)}
        return JSONResponse(told, status_code=202)

    def _unknown(self, gate: Gate) -> JSONResponse:
        self._tell(gate.source, "was not proven to be from it")
        return _said(401, "This is not proven to be from the source.")

    def _tell(self, source: AlertSource, why: str) -> None:
        if source.name not in self._turned_away:
            self._turned_away.add(source.name)
            log.warning("a delivery for %s %s", source.name, why)


def _said(status: int, text: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": text}, status_code=status, headers=headers)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is too large, or the client went away."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return None
        if not message.get("more_body", False):
            return bytes(body)
