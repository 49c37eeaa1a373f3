"""A cap on SSH handshakes under way at once, whatever hosts they are with.

Knows: that a server drops newcomers at random while many are not logged in yet. Must not know: any host.
Several addresses may be one server (a forwarded port, a jump host), so the cap is one for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_AT_ONCE = 10
"""OpenSSH takes ten connections that are not logged in yet; of more it drops every third (MaxStartups 10:30:100)."""
PATIENCE_S = 2.0
"""Whoever takes longer most likely waits for a host that is not there, and no server counts that."""


class Handshakes:
    """Gives out turns."""

    def __init__(self, most: int = MOST_AT_ONCE, patience_s: float = PATIENCE_S) -> None:
        self._turns = asyncio.Semaphore(most)
        self._patience_s = patience_s

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it for the block; a block that takes long gives it away and goes on."""
        await self._turns.acquire()
        held = True

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                self._turns.release()

        timer = asyncio.get_running_loop().call_later(self._patience_s, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()
