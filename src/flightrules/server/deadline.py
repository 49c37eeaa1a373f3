"""A deadline on the event loop: something that is done unless it is forgotten in time.

Knows: the loop's time. Must not know: what is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """One deadline, which may run again and again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, act: Callable[[], None]) -> None:
        self._loop, self._seconds, self._act = loop, seconds, act
        self._timer: asyncio.TimerHandle | None = None

    @property
    def at(self) -> float | None:
        """When, on the loop's clock; None while it does not run."""
        return self._timer.when() if self._timer else None

    def begin(self) -> None:
        """Let it run, where it does not already."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._over)

    def forget(self) -> None:
        """Stop it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._timer = None
        self._act()
