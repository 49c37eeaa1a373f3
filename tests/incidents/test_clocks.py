"""A clock of the server that goes back or jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.testing.drill import Drill
from flightrules.testing.sessions import replayed


def test_a_clock_that_goes_back_leaves_the_order_and_no_negative_span() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.opened("x")
        drill.call("assess", incident=i)
        drill.clock.advance(-7200)
        for tool in ("classify", "decide"):
            drill.call(tool, incident=i)
        drill.agent.user = "yes"
        drill.call("rollback", incident=i)
        drill.call("verify", incident=i)
        drill.call("write_report", incident=i, root_cause="x")
        told = drill.report()
        assert "minus" not in told
        assert "clock went back by 2 h" in told
        assert told.index("Assessment began") < told.index("Classified P1") < told.index("Rollback initiated")


def test_each_step_back_of_a_clock_is_told_once_with_its_own_length() -> None:
    with Drill() as drill:
        i = drill.opened("x")
        for back in (3600, 7200):
            drill.clock.advance(-back)
            for tool in ("assess", "classify", "decide"):
                drill.call(tool, incident=i)
        drill.person().close(i, "false alarm")
        drill.call("write_report", incident=i)
        human = drill.report().partition("## Machine Timeline")[0]
        assert human.count("clock went back by 1 h:") == 1
        assert human.count("clock went back by 2 h:") == 1
        assert human.count("clock went back by") == 2


@pytest.mark.parametrize(("moved", "said"), [(7200, "jumped forward by 2 h"), (-7200, "went back by 2 h")])
def test_a_clock_that_jumps_while_the_server_waits_is_noted_in_every_open_incident(
    moved: int, said: str, tmp_path: Path
) -> None:
    with Drill() as drill:
        i = drill.decided()
        drill.advance(1)
        asleep = drill.clock.sleep

        async def sleep(seconds: float) -> None:
            await asleep(seconds)
            drill.clock.advance(moved)

        drill.clock.sleep = sleep  # type: ignore[method-assign]
        drill.server.portal.call(drill.server.app.watching.wait)
        drill.clock.sleep = asleep  # type: ignore[method-assign]
        drill.advance(1)
        seen = drill.call("incident_status", incident=i)["result"]["timeline"]
        assert any(said in line for line in seen), seen
        assert replayed(drill.save(i, tmp_path / "moved.jsonl")).good


def test_a_short_pause_and_a_busy_machine_are_no_jump() -> None:
    with Drill() as drill:
        i = drill.decided()
        drill.advance(1)
        drill.server.portal.call(drill.server.app.watching.wait)
        seen = drill.call("incident_status", incident=i)["result"]["timeline"]
        assert not any("clock" in line for line in seen), seen
