"""The application as every face sees it: one object that holds the desk and what runs in the background.

Knows: what belongs together in one process. Must not know: how any of it was built (bootstrap) or is shown (faces).
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.service.desk import Desk
from flightrules.service.hearing import HeardStore, Listener
from flightrules.service.rollback.rollbacks import Rollbacks
from flightrules.service.suites import Suites
from flightrules.service.watching import Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything a face needs."""

    desk: Desk
    rollbacks: Rollbacks
    suites: Suites
    watching: Watching
    heard: HeardStore | None = None
    """The log, where anybody may listen to it."""

    def listen(self, listener: Listener) -> None:
        """Have a listener told of each event that is new in the log."""
        if self.heard is not None:
            self.heard.listeners.append(listener)

    async def close(self) -> None:
        """Let go of everything; what runs on hosts goes on by itself."""
        await self.rollbacks.close()
        await self.suites.close()
        for site in self.desk.sites.values():
            await site.production.close()
        await self.desk.store.close()
