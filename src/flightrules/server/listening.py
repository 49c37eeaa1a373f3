"""Listening over HTTP: how long a client may take to say what it wants, and how many may be there at once.

Knows: uvicorn. Must not know: who may call, nor tools. Imported only to serve over HTTP.
uvicorn waits without end for a request that comes slowly, and for one that never comes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What is put up with before anybody is known."""

    arrival_s: float = 20.0
    """So long one request may take to arrive whole, from the connection or the last answer on."""
    connections: int = 400
    """So many clients may be there at once: fewer than a process may open files, which it needs for more."""
    ending_s: int = 25
    """So long calls under way are waited for when the server is stopped."""
    body: int = 1_048_576
    """The largest request, in bytes; a report of the longest texts, with each letter escaped, is six tenths of it."""


def configured(app: ASGIApp, patience: Patience, **settings: Any) -> uvicorn.Config:  # noqa: ANN401 - uvicorn's own
    """The settings of the HTTP server for this application."""
    # With uvicorn's own choice of a protocol there would be no limits, and for websockets there is nothing to serve.
    kind: Any = partial(PatientProtocol, patience)
    ending = {"timeout_graceful_shutdown": patience.ending_s}
    return uvicorn.Config(app, http=kind, ws="none", **(ending | settings))


class PatientProtocol(H11Protocol):
    """uvicorn's connection; one that waits for a request too long is closed, and the longest first where many do."""

    def __init__(self, patience: Patience, *given: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*given, **named)
        self._patience = patience
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for a request."""
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > self._patience.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        self._forget()

    @property
    def waits_until(self) -> float | None:
        """When it is closed, on the loop's clock; None while its request is whole."""
        return self._deadline.when() if self._deadline else None

    def _watch(self) -> None:
        """Let the deadline run while a request is not whole, from when that began: each byte would else gain time."""
        waits = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if not waits or self.transport.is_closing():
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self._patience.arrival_s, self.transport.abort)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        """Close the connection that has waited longest for its request; one whose request is whole stays."""
        ours = [one for one in self.connections if isinstance(one, PatientProtocol) and one.waits_until is not None]
        longest = min(ours, key=lambda one: one.waits_until or 0.0, default=self)
        # It counts no more from now on, so that the next to come does not choose it again.
        self.connections.discard(longest)
        longest.transport.abort()
