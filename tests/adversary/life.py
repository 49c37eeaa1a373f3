"""Processes that die between any two effects. Not collected as tests.

Knows: what is an effect (the log and production), and that what is dead does nothing any more.
A process that dies stands still in the middle of an effect; whoever drives it lets go of it and starts another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Life:
    """Lifetime of a process, as the number of effects that are left to it; None as long as nobody ends it."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.dead = asyncio.Event()

    async def beat(self) -> None:
        """One moment between two effects: others get their turn, and the process may die."""
        if self.dead.is_set():
            raise asyncio.CancelledError
        await asyncio.sleep(0)
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.dead.set()
            await asyncio.Future()


def mortal(port: Any, life: Life, tap: Callable[[Any], None] | None = None) -> Any:  # noqa: ANN401 - any port's own shape
    """A process's way to a part of the world that outlives it; `tap` is shown at once what was appended there."""
    return _Mortal(port, life, tap)


class _Mortal:
    """Each method of the port is an effect, so that one which a port gets tomorrow is one too."""

    def __init__(self, port: Any, life: Life, tap: Callable[[Any], None] | None) -> None:  # noqa: ANN401
        self._port, self._life, self._tap = port, life, tap

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)

        async def living(*given: object, **named: object) -> Any:  # noqa: ANN401
            await self._life.beat()
            answer = await method(*given, **named)
            if self._tap is not None and name == "append":
                self._tap(answer)
            if name in OUTWARD:
                await self._life.beat()
            return answer

        return living

    async def close(self) -> None:
        """Do nothing: what the process only used goes on without it."""


OUTWARD = frozenset({"append", "launch", "break_lock"})
"""After which a process may die as well as before."""
