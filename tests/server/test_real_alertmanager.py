"""Debian's Prometheus and Alertmanager fire a real alert, which opens the incident; an agent takes it to a rollback."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from flightrules.config.alerts import AlertSource
from flightrules.server.alerts import AlertsRoute, Gate
from flightrules.service.alerts.follow_up import FollowUp
from flightrules.service.alerts.intake import Intake
from flightrules.state import events as e
from flightrules.state.alerts.book import STREAM
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Phase
from sandbox.alerting import Alerting
from sandbox.monitoring import Page, missing, samples, served
from tests.server.conftest import Connect
from tests.service.house import RELEASES, House, build

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

SECRET = "a-secret-of-more-than-16"
LIMIT_S = 60.0


class Quiet(uvicorn.Server):
    """Leaves the signals to the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def page_of(house: House) -> Page:
    """The metrics of a shop whose requests fail while the broken release serves."""
    counts = {"200": 0, "500": 0}

    def page() -> str:
        broken = house.production.hosts["web-1"].serving in house.production.broken
        counts["500" if broken else "200"] += 10
        return samples("http_requests_total", [({"code": code}, count) for code, count in counts.items()])

    return page


@asynccontextmanager
async def taking_alerts(house: House) -> AsyncIterator[str]:
    """The route of alerts over real HTTP, and the work that follows; the address of its source."""
    source = AlertSource.model_validate_json('{"name": "am", "type": "alertmanager", "secrets": ["env:X"]}')
    intake = Intake(incidents=house.incidents, routings={"am": source})
    follow_up = FollowUp(intake)
    gates = {"am": Gate(source=source, secrets=(SECRET,))}
    app = AlertsRoute(PlainTextResponse("", status_code=404), gates, intake.hear, house.clock.now)
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        server = Quiet(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        working = asyncio.create_task(follow_up.run())
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/alerts/am"
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            server.should_exit = True
            await serving


@pytest.fixture
def programs() -> None:
    """Skip, or fail if these programs must be there."""
    if why := missing():
        if os.environ.get("REALHOST") == "required":
            pytest.fail(why)
        pytest.skip(why)


async def heard(house: House, state: str, after: int = 0) -> int:
    """Wait until the alert is in a state after so many changes; the number of changes by then.

    On a slow machine it may change more often than the shop does.
    """
    until = monotonic() + LIMIT_S
    while True:
        records = await house.incidents.records(STREAM)
        states = [e.event_as(e.AlertHeard, r).state for r in records if r.kind == e.AlertHeard.kind]
        if len(states) > after and states[-1] == state:
            return len(states)
        assert monotonic() < until, states
        await asyncio.sleep(0.1)


async def called(house: House) -> Incident:
    """Wait until people were called to the one incident."""
    until = monotonic() + LIMIT_S
    while True:
        names = await house.incidents.store.streams("INC-")
        found = [await house.incidents.incident(name) for name in names]
        if found and found[0].called_at is not None:
            assert len(found) == 1
            return found[0]
        assert monotonic() < until
        await asyncio.sleep(0.1)


@pytest.mark.usefixtures("programs")
async def test_a_real_alert_is_taken_to_a_rollback_and_a_dead_prometheus_ends_nothing(
    tmp_path: Path, connect_now: Connect
) -> None:
    house = build()
    async with taking_alerts(house) as receiver:
        with served({"/metrics": page_of(house)}) as scraped:
            alerting = Alerting(tmp_path / "monitoring", scraped=scraped, receiver=receiver, secret=SECRET)
            try:
                alerting.start()
                incident = await called(house)
                assert (incident.title, incident.phase) == ("ShopErrors: requests of the shop fail", Phase.ASSESSED)
                alerting.kill("prometheus")
                changes = await heard(house, "resolved", 1)  # although the shop is as broken as before
                assert (await house.incidents.incident(incident.id)).phase is Phase.ASSESSED
                alerting.start()
                changes = await heard(house, "firing", changes)
                async with connect_now(house) as agent:
                    for tool in ("classify", "decide", "rollback", "verify"):
                        answer = await agent.call(tool, incident=incident.id)
                        assert answer["ok"], answer
                    assert len(agent.questions) == 1
                assert house.production.hosts["web-1"].serving in RELEASES[:-1]
                assert (await house.incidents.incident(incident.id)).phase is Phase.MONITORING
                await heard(house, "resolved", changes)
            finally:
                alerting.stop()
    (only,) = await house.incidents.store.streams("INC-")
    assert (await house.incidents.incident(only)).phase is not Phase.CLOSED
