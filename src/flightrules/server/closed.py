"""Lines on stderr about clients that were closed or went away: a line at once, then one a minute.

Knows: the event loop's time, and how the SDK tells of a client that left. Must not know: why anybody was closed.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from starlette.requests import ClientDisconnect

SILENCE_S = 60.0
"""So long after a line the next ones are counted only."""

SDK = "mcp.server.streamable_http"
UVICORN = "uvicorn.error"
"""Name of the logger under which uvicorn logs its HTTP."""
NO_HTTP = "Invalid HTTP request received."
"""Message of uvicorn each time that it is sent invalid HTTP; it does not say by whom."""

log = logging.getLogger("flightrules")


def keep_quiet() -> None:
    """Have nothing said as of an error of ours where a client leaves in its request, or says what is no HTTP."""
    for logger in (logging.getLogger(SDK), logging.getLogger(UVICORN)):
        if _of_ours not in logger.filters:
            logger.addFilter(_of_ours)


def _of_ours(said: logging.LogRecord) -> bool:
    """Return True if a log record says something of the server.

    A call that is ended with the server is not an error either.
    """
    failed = said.exc_info[1] if said.exc_info else None
    return said.msg != NO_HTTP and not isinstance(failed, ClientDisconnect | asyncio.CancelledError)


@dataclass(slots=True)
class Closed:
    """The clients of one server that were closed."""

    silence_s: float = SILENCE_S
    _counted: int = 0
    _last: str = ""
    _silent: asyncio.TimerHandle | None = None

    def tell(self, peer: tuple[str, int] | None, why: str) -> None:
        """Say that a client was closed, or count it."""
        words = f"{f'{peer[0]} port {peer[1]}' if peer else 'a client'}: {why}"
        if self._silent is None:
            log.warning("closed the connection of %s", words)
            self._be_silent()
        else:
            self._counted, self._last = self._counted + 1, words

    def _be_silent(self) -> None:
        self._silent = asyncio.get_running_loop().call_later(self.silence_s, self._say_again)

    def _say_again(self) -> None:
        self._silent = None
        if self._counted:
            log.warning("closed %d more connections, the last one of %s", self._counted, self._last)
            self._counted = 0
            self._be_silent()
