"""Listening over HTTP: how long a client may take to ask and to take its answer, and how many may be there at once.

Knows: uvicorn. Must not know: who may call, nor tools. Imported only to serve over HTTP.
uvicorn waits without end for a request that comes slowly or never, and for a client that does not read its answer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from flightrules.server.closed import Closed, keep_quiet
from flightrules.server.deadline import Deadline

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Limits of what is put up with before it is known who calls."""

    arrival_s: float = 20.0
    """So long one request may take to arrive whole, from the connection or the last answer on."""
    taking_s: float = 20.0
    """Within so long a client must have taken `taking` bytes of what waits for it, or all of it."""
    taking: int = 65_536
    """Three kilobytes a second, which any line has: a client that takes less does not read."""
    connections: int = 400
    """So many clients may be there at once: fewer than a process may open files, which it needs for more."""
    idle_s: int = 15
    """So long a connection stays open without a request: longer than clients keep theirs (Node 4 s), so that none sends
    into one that is being closed, and shorter than `arrival_s`, so that it ends in good order."""
    ending_s: int = 25
    """So long calls under way are waited for when the server is stopped."""
    body: int = 1_048_576
    """The largest request, in bytes; a report of the longest texts, with each letter escaped, is six tenths of it."""


def configured(app: ASGIApp, patience: HttpLimits, **settings: Any) -> uvicorn.Config:  # noqa: ANN401 - uvicorn's own
    """The settings of the HTTP server for this application."""
    # With uvicorn's own choice of a protocol there would be no limits, and for websockets there is nothing to serve.
    kind: Any = partial(TimeoutProtocol, patience, Closed())
    keep_quiet()
    ending = {"timeout_graceful_shutdown": patience.ending_s, "timeout_keep_alive": patience.idle_s}
    return uvicorn.Config(app, http=kind, ws="none", **(ending | settings))


def listener(config: uvicorn.Config, before_end: Callable[[], None]) -> uvicorn.Server:
    """Return a server that ends endless answers before it waits for calls under way."""

    class Listener(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            before_end()
            await super().shutdown(sockets)

    return Listener(config)


class TimeoutProtocol(H11Protocol):
    """uvicorn's connection; one whose client takes too long is closed, and the longest first where there are many."""

    def __init__(self, patience: HttpLimits, closed: Closed, *given: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*given, **named)
        self._patience = patience
        self._closed = closed
        self._arrival = Deadline(self.loop, patience.arrival_s, self._not_arrived)
        self._taking = Deadline(self.loop, patience.taking_s, self._look_what_was_taken)
        self._waiting = 0
        """So many bytes waited for the client when that was looked at last."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for a request."""
        super().connection_made(transport)
        # Whatever does not go at once is waited for: less than uvicorn's 64 KiB would else wait unseen, and without end
        # once the connection is to be closed.
        # With TLS asyncio counts "not less than" instead of "more than": at 0 it would wait for nothing, and for ever.
        transport.set_write_buffer_limits(high=1 if transport.get_extra_info("sslcontext") else 0, low=0)
        self._watch()
        if len(self.connections) > self._patience.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, where nothing was answered before: another answer is no HTTP either."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._closed.tell(self.client, "what it sent is not HTTP")
            super().send_400_response(msg)
        else:
            self.turn_out("what it sent after its request is not HTTP")

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Wait for the client to take what it was answered."""
        super().pause_writing()
        self._waiting = self.transport.get_write_buffer_size()
        self._taking.begin()

    def resume_writing(self) -> None:
        """All of it was taken."""
        super().resume_writing()
        self._taking.forget()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        self._arrival.forget()
        self._taking.forget()

    @property
    def waits_until(self) -> float | None:
        """Return when the connection is closed if its client does nothing, on the loop's clock.

        It is None while nothing is waited for.
        """
        return min((at for at in (self._arrival.at, self._taking.at) if at is not None), default=None)

    def _watch(self) -> None:
        """Let the deadline run while a request is not whole, from when that began: each byte would else gain time."""
        waits = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if not waits or self.transport.is_closing():
            self._arrival.forget()
        else:
            self._arrival.begin()

    def _not_arrived(self) -> None:
        self.turn_out(f"no whole request within {self._patience.arrival_s:g} s")

    def _look_what_was_taken(self) -> None:
        """Close the connection of who does not read; who does, if slowly, has as long again."""
        before, self._waiting = self._waiting, self.transport.get_write_buffer_size()
        if before - self._waiting >= self._patience.taking:
            self._taking.begin()
        else:
            self.turn_out(f"{self._waiting} bytes of its answer were not taken within {self._patience.taking_s:g} s")

    def turn_out(self, why: str) -> None:
        """Close the connection at once, and say so."""
        self._closed.tell(self.client, why)
        self.transport.abort()

    def _make_room(self) -> None:
        """Close the connection whose client has kept it waiting longest; one that waits for an answer of ours stays."""
        ours = [one for one in self.connections if isinstance(one, TimeoutProtocol) and one.waits_until is not None]
        longest = min(ours, key=lambda one: one.waits_until or 0.0, default=self)
        # It counts no more from now on, so that the next to come does not choose it again.
        self.connections.discard(longest)
        longest.turn_out(f"{self._patience.connections} others are there, and it waited longest")
