"""What is said on stderr of clients that were closed because they took too long: a line at once, then one a minute.

Knows: the event loop's time. Must not know: why anybody was closed, nor HTTP.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

SILENCE_S = 60.0
"""So long after a line the next ones are counted only."""

log = logging.getLogger("flightrules")


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
