"""While the server serves it watches, behind the answers, and it lets go when its client leaves."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from tests.cli.stage import stage
from tests.cli.test_watch import holders, kinds, monitored
from tests.server.process import LIMIT_S, serving


@pytest.mark.requirement("MON-schedule", "MON-missed")
def test_a_server_that_serves_watches_and_lets_go_at_its_end(tmp_path: Path) -> None:
    at = stage(tmp_path)
    incident = monitored(at, ago=timedelta(hours=30))
    with serving(tmp_path) as wire:
        told = wire.call("incident_status", incident=incident)
        assert "overdue since" in told["monitoring"], "the first answer comes before the watch begins"
        for _ in range(200):
            if kinds(at, incident):
                break
            sleep(0.05)
        assert kinds(at, incident) == ["monitoring_missed"]
        assert len(holders(at.log)) == 1
        assert "108 missed" in wire.call("incident_status", incident=incident)["monitoring"]
        status, out, error = wire.end()
    assert (status, out) == (0, b""), error
    assert holders(at.log) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_server_that_is_told_to_stop_ends_in_order_and_lets_another_watch_at_once(
    number: signal.Signals, tmp_path: Path
) -> None:
    at = stage(tmp_path)
    with serving(tmp_path) as wire:
        wire.call("incident_status")
        for _ in range(200):
            if holders(at.log):
                break
            sleep(0.05)
        wire.process.send_signal(number)
        assert wire.process.wait(timeout=LIMIT_S) == 0, "its client holds both pipes open"
        _, out, error = wire.end()
    assert (out, error) == (b"", b"")
    assert holders(at.log) == []
