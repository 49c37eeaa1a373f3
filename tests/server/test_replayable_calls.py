"""Calls that clients really send into an incident, mistakes included: they can be replayed from its log."""

from __future__ import annotations

from typing import Any

import pytest

from flightrules.prompts.catalog import prompts
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Connect
from tests.server.journey import to_phase
from tests.server.test_prompts import get
from tests.server.test_shapes import WRONG
from tests.service.house import build
from tests.service.pilot import fly
from tests.service.replaying.scenes import replayed

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("REPL-identical")]

NOT_TAKEN: list[tuple[str, dict[str, Any]]] = [
    *((tool, arguments) for tool, arguments, _ in WRONG),
    ("rollback", {"actor": "person", "approve": True}),
    ("analyze", {"whys": [{"says": "v5", "cites": ["E1"]}], "root_cause": ["v5"]}),
    ("deploy", {"release": "abc"}),
]


async def test_calls_with_wrong_arguments_are_refused_again_and_the_rest_is_replayed(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        for tool, arguments in NOT_TAKEN:
            assert (await agent.raw(tool, incident=incident, **arguments)).is_error
        await fly(house, incident)
        assert (await agent.raw("analyze", incident=incident, whys="none")).is_error
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


async def test_prompts_that_were_asked_for_are_replayed(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.CLASSIFIED)
        for spec in prompts():
            await get(agent, spec.name, incident=incident)
        await fly(house, incident)
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


async def test_a_search_beside_an_incident_is_replayed(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.CLASSIFIED)
        await agent.call("incident_status", incident=incident, query="shop")
        await agent.call("incident_status", query="shop")
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict
