"""The real time.

Knows: the machine's clock. Must not know: what waits for it.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Keeps ports.Clock with the machine's own clock."""

    def now(self) -> datetime:
        """The time now, aware, in UTC, to the microsecond."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds since the machine was started, without those in which it stood still."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        await asyncio.sleep(seconds)
