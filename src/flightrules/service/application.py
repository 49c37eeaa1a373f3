"""The application as every face sees it: one object with the incident service and the background work.

Knows: what belongs together in one process. Must not know: how any of it was built (bootstrap) or is shown (faces).
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.service.alerts.follow_up import FollowUp
from flightrules.service.alerts.intake import Intake
from flightrules.service.hearing import HeardStore, Listener
from flightrules.service.incident_service import IncidentService
from flightrules.service.rollback.rollbacks import Rollbacks
from flightrules.service.suite_runs import SuiteRuns
from flightrules.service.watching import Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything a face needs."""

    incidents: IncidentService
    rollbacks: Rollbacks
    suite_runs: SuiteRuns
    watching: Watching
    intake: Intake | None = None
    """The intake of alerts, where the settings name a source."""
    follow_up: FollowUp | None = None
    """The work that follows from alerts."""
    heard: HeardStore | None = None
    """The log, where anybody may listen to it."""

    @property
    def desk(self) -> IncidentService:
        """The incident service, under its name in version 0.1; kept for scripts that play incidents."""
        return self.incidents

    def listen(self, listener: Listener) -> None:
        """Have a listener told of each event that is new in the log."""
        if self.heard is not None:
            self.heard.listeners.append(listener)

    async def close(self) -> None:
        """Let go of everything; what runs on hosts goes on by itself."""
        await self.rollbacks.close()
        await self.suite_runs.close()
        for managed in self.incidents.managed_targets.values():
            await managed.production.close()
            for source in managed.sources:
                await source.close()
        await self.incidents.store.close()
