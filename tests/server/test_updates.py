"""Status updates and the planner's brief as an agent works with them, over MCP."""

from __future__ import annotations

import json

import pytest
from mcp import MCPError

from flightrules.state.vocabulary import Phase
from flightrules.testing import ScriptedSender
from tests.server.conftest import Connect
from tests.server.journey import to_phase
from tests.server.test_resources import read
from tests.service.house import build

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("COM-internal-cadence", "COM-overdue")
async def test_an_agent_is_told_in_every_answer_that_an_update_is_overdue_until_it_posts_one(connect: Connect) -> None:
    house = build()
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.CLASSIFIED)
        house.clock.advance(16 * 60)
        answer = await agent.call("incident_status", incident=incident)
        assert next(b["left_s"] for b in answer["budgets"] if b["name"] == "internal_update") < 0
        assert "post_update" in [step["call"] for step in answer["next"]]
        posted = await agent.call("post_update", incident=incident, text="We look at the database.")
        assert posted["ok"]
        assert posted["result"]["update"] == "U1"
        assert next(b["left_s"] for b in posted["budgets"] if b["name"] == "internal_update") == 15 * 60


@pytest.mark.requirement("COM-external-approval", "COM-no-leak")
async def test_an_agent_cannot_tell_the_public_by_itself_nor_name_what_is_inside(connect: Connect) -> None:
    house = build()
    public = ScriptedSender()
    house.incidents.senders = {**house.incidents.senders, "external/1": public}
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.CLASSIFIED)
        held = await agent.call("post_update", incident=incident, text="Some pages fail.", external=True)
        assert f"flightrules update approve {incident}" in held["says"]
        refused = await agent.raw("post_update", incident=incident, text="web-1 is down", external=True)
        assert refused.is_error
        status = await agent.call("incident_status", incident=incident)
        assert len(status["result"]["waiting"]) == 1
        assert "Some pages fail." in status["result"]["waiting"][0]
    kinds = [record.kind for record in await house.incidents.records(incident)]
    assert "update_approved" not in kinds


@pytest.mark.requirement("PLA-sinks")
async def test_another_client_reads_the_brief_as_a_resource(connect: Connect) -> None:
    house = build()
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DOCUMENTED)
        with pytest.raises(MCPError, match="has no brief"):
            await read(agent, f"incident://{incident}/brief")
        answer = await agent.call("report_to_planner", incident=incident, technical_debt=["no canary"])
        assert answer["result"]["sinks"] == ["folder"]
        brief = json.loads((await read(agent, f"incident://{incident}/brief")).text)
    assert brief["technical_debt"] == ["no canary"]
    assert json.loads(house.outbox.written[f"{incident}.json"]) == brief
