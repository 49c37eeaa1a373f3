"""A clock of the server that goes back or jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.service.watching import Watching
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
            drill.clock.jump(moved)

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


@pytest.mark.parametrize(("moved", "said"), [(7200, "jumped forward by 2 h"), (-7200, "went back by 2 h")])
def test_a_clock_that_jumps_is_noted_by_the_next_call_in_every_open_incident_once(
    moved: int, said: str, tmp_path: Path
) -> None:
    with Drill() as drill:
        i, other = drill.decided(), drill.decided("Search answers 500")
        drill.clock.advance(3 * 3600)
        drill.call("assess", incident=i)
        drill.clock.jump(moved)
        drill.call("assess", incident=i)
        drill.server.portal.call(drill.server.app.watching.wait)
        for each in (i, other):
            noted = [one["data"]["by_s"] for one in drill.log(each) if one["kind"] == "clock_moved"]
            assert noted == [moved]
            seen = drill.call("incident_status", incident=each)["result"]["timeline"]
            assert any(said in line for line in seen) or each == i, seen
        kinds = [one["kind"] for one in drill.log(i)]
        assert "call_received" in kinds[kinds.index("clock_moved") :]
        assert replayed(drill.save(i, tmp_path / "jumped.jsonl")).good


def test_a_jump_that_two_servers_notice_is_noted_once(tmp_path: Path) -> None:
    with Drill() as drill:
        i = drill.decided()
        watching = drill.server.app.watching
        twin = Watching(incidents=watching.incidents, leases=watching.leases, holder="twin")
        for one in (watching, twin):
            drill.server.portal.call(one.notice_clock)
        drill.clock.jump(7200)
        drill.server.portal.call(watching.notice_clock)
        drill.clock.advance(15)
        drill.server.portal.call(twin.notice_clock)
        assert [one["kind"] for one in drill.log(i)].count("clock_moved") == 1
        assert replayed(drill.save(i, tmp_path / "twice.jsonl")).good
