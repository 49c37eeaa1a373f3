"""`flightrules alerts`, on a log that a server wrote."""

from __future__ import annotations

import asyncio

import pytest

from flightrules.bootstrap import wire
from flightrules.cli import main
from flightrules.config import load
from flightrules.service.alerts.intake import Intake
from flightrules.state.alerts.alert import Alert
from flightrules.state.alerts.routing import Routing
from tests.cli.stage import Stage

Capture = pytest.CaptureFixture[str]


async def heard(at: Stage, *alerts: Alert) -> None:
    """Let a server hear these alerts, and go no further."""
    app = wire(load(at.config))
    intake = Intake(incidents=app.incidents, routings={"am": Routing.model_validate({})})
    await intake.hear("am", alerts)
    await app.close()


def test_alerts_that_match_no_target_or_wait_are_listed(at: Stage, capsys: Capture) -> None:
    assert main(["alerts"]) == 0
    assert capsys.readouterr().out == "0 alerts fire; 0 match no target, 0 wait for an incident\n"
    mine = Alert(fingerprint="1", state="firing", title="shop is slow", labels=(("flightrules_target", "shop"),))
    stray = Alert(fingerprint="2", state="firing", title="nobody's disk")
    over = Alert(fingerprint="3", state="resolved", title="long over")
    asyncio.run(heard(at, mine, stray, over))
    assert main(["alerts"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("2 alerts fire; 1 match no target, 1 wait for an incident\nno rule matches:\n  am - since ")
    assert "nobody's disk\nwaiting:\n  am shop since " in told
    assert "long over" not in told
