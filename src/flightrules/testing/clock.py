"""Time and ids that a test holds in its hand.

Knows: ports.Clock and ports.Ids. Must not know: who waits or what is named.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class ManualClock:
    """Time that only moves when told to; with `runs`, a sleep moves it by itself."""

    def __init__(self, start: datetime = START, *, runs: bool = False) -> None:
        self._now = start
        self._jumped_s = 0.0
        self._runs = runs
        self.pace_s = 0.0
        """Real time that a sleep takes where the clock runs: what works on threads must not fall behind this clock."""
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        """The time as last set."""
        return self._now

    def steady(self) -> float:
        """Seconds since the start, without what the clock jumped."""
        return (self._now - START).total_seconds() - self._jumped_s

    def jump(self, seconds: float) -> None:
        """Set the clock, as somebody does who corrects it: no time passes."""
        self._jumped_s += seconds
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the time on and wake the sleepers whose time has come."""
        self._now += timedelta(seconds=seconds)
        for until, event in self._sleepers:
            if until <= self._now:
                event.set()
        self._sleepers = [(until, event) for until, event in self._sleepers if not event.is_set()]

    @property
    def sleepers(self) -> int:
        """Return the number of sleeps that wait for the time to move."""
        return len(self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until the time has moved that far; always lets other tasks run."""
        if self._runs:
            self.advance(seconds)
        elif seconds > 0:
            event = asyncio.Event()
            self._sleepers.append((self._now + timedelta(seconds=seconds), event))
            await event.wait()
            return
        await asyncio.sleep(self.pace_s)


class SequentialIds:
    """Ids that count up: `INC-000001`, `OP-000002`."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        """The next id."""
        self._count += 1
        return f"{prefix}-{self._count:06d}"
