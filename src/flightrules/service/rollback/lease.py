"""The lease on following one rollback: one process at a time does, and another goes on where that one is gone.

Knows: leases and how long one lasts. Must not know: what following is.
It spares work and noise. That nothing runs twice does not rest on it: a host runs an operation once, and the log takes
each outcome once, so a process that was paused past its lease and wakes does no harm.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from flightrules.errors import FlightrulesError, Unavailable
from flightrules.ports import Clock, Leases

LEASE = timedelta(seconds=60)
"""So long a process is waited for that is silent, and of which nobody can tell whether it is gone."""
AGAIN = timedelta(seconds=15)
"""So long a lease is believed before it is made to last longer."""


@dataclass(slots=True, kw_only=True)
class RollbackLease:
    """One process's part in one rollback."""

    leases: Leases
    clock: Clock
    incident: str
    holder: str
    again: timedelta = AGAIN
    _since: datetime | None = None
    """Time at which the lease was taken last; None while another has it."""

    async def mine(self) -> bool:
        """Return True if this process follows now; take the lease, or make it last longer, if it may."""
        now = self.clock.now()
        if self._since is None or not timedelta(0) <= now - self._since < self.again:
            await self._take(now)
        return self._since is not None

    async def _take(self, now: datetime) -> None:
        try:
            held = await self.leases.take(self._name, self.holder, for_s=LEASE.total_seconds())
        except Unavailable:  # nobody else can take it either; while it lasts it is ours
            held = self._since is not None and now - self._since < LEASE
            self._since = self._since if held else None
        else:
            self._since = now if held else None

    async def end(self) -> None:
        """Let another process go on at once."""
        self._since = None
        with suppress(FlightrulesError):
            await self.leases.release(self._name, self.holder)

    @property
    def _name(self) -> str:
        return f"rollback:{self.incident}"
