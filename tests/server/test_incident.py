from __future__ import annotations

import pytest

from tests.server.conftest import Connect
from tests.service.house import RELEASES, build

pytestmark = pytest.mark.anyio

GOOD, BROKEN = RELEASES[-2], RELEASES[-1]


async def test_an_agent_takes_a_p1_through_the_whole_protocol_and_production_is_restored(connect: Connect) -> None:
    house = build()
    async with connect(house) as agent:
        opened = await agent.call("open_incident", target="shop", title="Everything answers 500")
        incident = opened["incident"]
        assessed = await agent.call("assess", incident=incident)
        assert assessed["result"]["health"] == "down"
        classified = await agent.call("classify", incident=incident, impacts=["complete_outage"])
        assert classified["severity"] == "P1"
        decided = await agent.call("decide", incident=incident)
        assert decided["result"]["path"] == "rollback"
        assert decided["result"]["release"]["release"] == GOOD
        rolled = await agent.call("rollback", incident=incident)
        assert rolled["result"]["state"] == "succeeded", rolled["says"]
        verified = await agent.call("verify", incident=incident)
        assert verified["result"]["verdict"] == "restored", verified
        written = await agent.call("write_report", incident=incident, root_cause="v5 broke the health answer")
        assert incident in written["result"]["summary"]
        briefed = await agent.call("report_to_planner", incident=incident, technical_debt=["no canary"])
        assert briefed["phase"] == "reported"
    assert house.production.hosts["web-1"].serving == GOOD
    assert len(agent.questions) == 1
