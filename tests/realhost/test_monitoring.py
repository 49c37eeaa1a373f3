"""A recurrence on a real Docker host, seen by the watch; the clock is handed in, so a minute passes at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from anyio import to_thread

from flightrules.bootstrap import wire
from flightrules.config import load
from flightrules.service.application import Application
from flightrules.service.incident_service import IncidentService
from flightrules.state import events as e
from flightrules.state.report.whole import report_data
from flightrules.state.vocabulary import Path, Phase
from sandbox.production import Production
from tests.service.house import House
from tests.service.pilot import fly, opened

pytestmark = pytest.mark.anyio


class Ahead:
    """The machine's time, and so much more."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def steady(self) -> float:
        return time.monotonic() + self.ahead.total_seconds()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Live:
    """The real application, as the pilot takes it."""

    app: Application

    @property
    def incidents(self) -> IncidentService:
        return self.app.incidents


@pytest.mark.requirement("MON-recurrence", "MON-by-template", "MON-reads-only")
async def test_an_incident_that_comes_back_while_it_is_watched_goes_back_to_a_decision(production: Production) -> None:
    config = production.folder / "flightrules.toml"
    config.write_text(production.toml)
    clock = Ahead()
    app = wire(load(config), clock=clock)
    live = cast("House", Live(app))
    try:
        production.get("/api/v1/characters")
        incident = await opened(live)
        await fly(live, incident, until=Phase.MONITORING)
        containers = production.compose("ps", "--quiet", release="v4")

        clock.ahead += timedelta(seconds=61)
        assert (await app.watching.once()).failed == ()
        after = await app.incidents.incident(incident)
        assert (after.phase, after.watched.ok, after.watched.missed) == (Phase.MONITORING, 1, 0), after.watched
        assert production.compose("ps", "--quiet", release="v4") == containers

        await production.deploy("v5")
        await production.settle(500)
        assert (await to_thread.run_sync(production.get, "/api/v1/characters"))[0] == 500
        clock.ahead += timedelta(seconds=61)
        assert (await app.watching.once()).failed == ()
        after = await app.incidents.incident(incident)
        records = await app.incidents.records(incident)
        assert (after.phase, after.path) == (Phase.DECIDED, Path.PERSON), [r.kind for r in records][-5:]
        (came_back,) = [e.event_of(r.kind, r.data) for r in records if r.kind == "recurrence_detected"]
        assert isinstance(came_back, e.RecurrenceDetected)
        assert "of error of the assessment came back" in came_back.says
        seen = [r.data for r in await app.incidents.records("target:shop") if r.kind == "release_observed"][-1]
        assert (seen["release"], seen["healthy"]) == (production.releases["v5"], False)
        managed = app.incidents.managed("shop")
        report = report_data(records, after, managed.target, managed.policy)
        told = [said.text for said in report.appendix.monitoring]
        assert told[0] == "logs: 1 ok, 1 came back."
        assert told[1].startswith("It came back, seen at ")
    finally:
        await app.close()
