"""What is said on stderr of clients that were closed or went away: a line at once, then one a minute.

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
"""What the SDK logs its HTTP under."""

log = logging.getLogger("flightrules")


def keep_quiet_of_who_left() -> None:
    """Have nothing said of a client that leaves in the middle of its request: the SDK calls that its own error."""
    logger = logging.getLogger(SDK)
    if _no_departure not in logger.filters:
        logger.addFilter(_no_departure)


def _no_departure(said: logging.LogRecord) -> bool:
    return not (said.exc_info and isinstance(said.exc_info[1], ClientDisconnect))


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
