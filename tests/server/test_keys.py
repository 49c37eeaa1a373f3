"""One key, one answer: over both eras, after a restart, and for twins that race."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flightrules.state.fix import CHECKLIST
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Connect
from tests.server.journey import to_phase
from tests.server.test_order import refused
from tests.service.house import House, build

pytestmark = pytest.mark.anyio

CHECKED = [{"item": item, "evidence": "I looked"} for item in CHECKLIST]
KEYED: list[tuple[str, Phase, dict[str, Any], dict[str, Any]]] = [
    ("assess", Phase.DETECTED, {}, {}),
    ("classify", Phase.ASSESSED, {"impacts": ["data_loss"]}, {"impacts": ["complete_outage"]}),
    ("decide", Phase.CLASSIFIED, {"isolated": True}, {"isolated": False}),
    ("fix", Phase.FIXING, {"action": "deployed", "reference": "abc", "checks": CHECKED}, {"action": "failed"}),
    ("verify", Phase.VERIFYING, {"user_reports": "decreased"}, {"user_reports": "unchanged"}),
    ("post_update", Phase.DECIDED, {"text": "We look."}, {"text": "We roll back."}),
    ("analyze", Phase.MONITORING, {"whys": [{"says": "one"}]}, {"whys": [{"says": "two"}]}),
    ("analyze", Phase.MONITORING, {"compare": True}, {"whys": [{"says": "two"}]}),
    ("write_report", Phase.MONITORING, {"root_cause": "v5"}, {"root_cause": "v4"}),
    ("report_to_planner", Phase.DOCUMENTED, {"technical_debt": ["x"]}, {"technical_debt": ["y"]}),
]
"""Tool, phase, arguments, and other arguments (none where the tool has none)."""


async def events(house: House) -> int:
    """Return the number of events in all streams."""
    return sum([len(await house.incidents.records(stream)) for stream in await house.incidents.store.streams()])


@pytest.mark.parametrize(("tool", "phase", "arguments", "others"), KEYED)
async def test_the_same_key_gives_the_first_answer_again_and_changes_nothing(
    connect_now: Connect, tool: str, phase: Phase, arguments: dict[str, Any], others: dict[str, Any]
) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, phase)
        first = await agent.raw(tool, incident=incident, key="k1", **arguments)
        assert not first.is_error, first
        written = await events(house)
        house.clock.advance(60)
        again = await agent.raw(tool, incident=incident, key="k1", **arguments)
    async with connect_now(house.restarted()) as other:
        after_restart = await other.raw(tool, incident=incident, key="k1", **arguments)
        for repeated in (again, after_restart):
            assert repeated.structured_content == first.structured_content
            assert repeated.content == first.content
        assert await events(house) == written
        if others:
            problem = refused(await other.call(tool, incident=incident, key="k1", **others), "key_reused")
            assert tool in problem["reason"]
    assert (await house.restarted().incidents.incident(incident)).phase == first.structured_content["phase"]


async def test_a_key_that_opened_an_incident_opens_no_second_one(connect: Connect) -> None:
    house = build()
    async with connect(house) as agent:
        first = await agent.raw("open_incident", target="shop", title="x", key="k1")
        again = await agent.raw("open_incident", target="shop", title="x", key="k1")
        refused(await agent.call("open_incident", target="shop", title="another", key="k1"), "key_reused")
    async with connect(house.restarted()) as other:
        after_restart = await other.raw("open_incident", target="shop", title="x", key="k1")
    assert again.structured_content == after_restart.structured_content == first.structured_content
    assert len(await house.incidents.store.streams("INC-")) == 1


async def test_without_a_key_every_call_is_a_call_of_its_own(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        for _ in range(2):
            await agent.call("open_incident", target="shop", title="x")
    assert len(await house.incidents.store.streams("INC-")) == 2


async def test_the_key_of_one_tool_does_not_answer_for_another(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DETECTED)
        assert (await agent.call("assess", incident=incident, key="k1"))["ok"]
        problem = refused(await agent.call("classify", incident=incident, key="k1"), "key_reused")
        assert "assess" in problem["reason"]
        assert (await agent.call("classify", incident=incident, key="k2"))["phase"] == "classified"


async def test_the_key_of_one_incident_is_free_in_another(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        first, second = [await to_phase(house, agent, Phase.DETECTED) for _ in range(2)]
        answers = [await agent.call("assess", incident=incident, key="k1") for incident in (first, second)]
    assert [answer["incident"] for answer in answers] == [first, second]


async def test_a_refused_call_did_nothing_so_its_key_is_judged_anew(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DETECTED)
        refused(await agent.call("decide", incident=incident, key="k1"), "out_of_order")
        await agent.call("assess", incident=incident)
        await agent.call("classify", incident=incident)
        assert (await agent.call("decide", incident=incident, key="k1"))["phase"] == "decided"


@pytest.mark.parametrize(("tool", "phase"), [("classify", Phase.ASSESSED), ("decide", Phase.CLASSIFIED)])
async def test_twins_with_one_key_at_once_are_one_call(connect_now: Connect, tool: str, phase: Phase) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, phase)
        twins = await asyncio.gather(*(agent.raw(tool, incident=incident, key="k1") for _ in range(5)))
    assert all(twin.structured_content == twins[0].structured_content for twin in twins)
    records = await house.incidents.records(incident)
    assert sum(record.kind == "call_answered" and record.call == "k1" for record in records) == 1


async def test_twins_that_open_with_one_key_at_once_open_one_incident(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        calls = [agent.call("open_incident", target="shop", title="x", key="k1") for _ in range(5)]
        twins = await asyncio.gather(*calls)
    assert len({twin["incident"] for twin in twins}) == 1
    assert len(await house.incidents.store.streams("INC-")) == 1
