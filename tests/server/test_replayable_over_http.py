"""Incidents that several accounts worked on over HTTP at once, over a restart, are replayed as identical."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

import pytest

from flightrules.state.log import broken
from tests.adversary.arguments import Maker
from tests.adversary.life import mortal
from tests.adversary.recorder import Ticking
from tests.server.conftest import Agent, Answering, no, yes
from tests.server.hall import hall
from tests.service.house import House, build
from tests.service.replaying.scenes import ACTS, replayed

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("REPL-identical")]

CALLS = int(os.environ.get("FUZZ", "60"))
SEED = int(os.environ.get("SEED", "2026"))
ONWARD = ("assess", "classify", "decide", "rollback", "rollback", "verify", "incident_status")
BY_PEOPLE = ("approve", "reject", "person: rollback", "person: fix", "raise", "lower", "look", "update", "watch")


async def _calls(agent: Agent, house: House, incident: str, rng: random.Random) -> None:
    """Send the calls of one client, now and then beside what a person does at a terminal."""
    schemas = {tool.name: tool.input_schema for tool in (await agent.client.list_tools()).tools}
    for _ in range(CALLS // 4):
        tool = rng.choice([*ONWARD, *ONWARD, *schemas])
        maker = Maker(rng, {"incident": [incident], "target": ["shop"]})
        hostile = rng.random() < 0.1
        given: dict[str, Any] = maker.hostile(schemas[tool]) if hostile else maker.valid(schemas[tool], optional=0.2)
        if tool == "classify" and not hostile:
            given |= {"impacts": ["complete_outage"]}
        try:
            await agent.raw(tool, **given)
        except (RecursionError, ValueError, TypeError):
            continue  # this side could not send it
        if rng.random() < 0.3:
            await ACTS[rng.choice(BY_PEOPLE)](house, incident)


async def _worked_on(house: House, incidents: list[str], rng: random.Random) -> None:
    """One life of the server: two accounts, two clients each, all of one name."""
    async with hall(house, oauth=False) as there, asyncio.TaskGroup() as group:
        people: list[tuple[str, Answering]] = [("both", yes), ("both", no), ("responder", yes), ("responder", yes)]

        async def client(token: str, person: Answering) -> None:
            async with there.agent(there.tokens[token], person=person) as agent:
                if not incidents:
                    opened = await agent.call("open_incident", target="shop", title="Everything answers 500", key="k1")
                    incidents.append(str(opened["incident"]))
                await _calls(agent, house, incidents[0], rng)

        for token, person in people:
            group.create_task(client(token, person))


@pytest.mark.timeout(3600)
async def test_what_several_accounts_did_over_http_is_replayed_as_identical() -> None:
    rng = random.Random(SEED)  # noqa: S311 - not for secrets
    house, incidents = build(checkout="/srv/checkout", test=["make", "test"]), list[str]()
    for _ in range(2):
        house = house.restarted(mortal(house.store, Ticking(house.clock, rng)))
        await house.app.rollbacks.resume()
        await _worked_on(house, incidents, rng)
        await house.app.rollbacks.close()
        await house.app.suite_runs.close()
    accounts: set[object] = set()
    for name in await house.store.streams("INC-"):
        records = await house.store.load(name)
        assert broken(records) is None
        accounts |= {record.data["account"] for record in records if record.kind == "call_received"}
        verdict = await replayed(house, name)
        assert verdict.word == "identical", (name, verdict)
    assert {"both", "responder"} <= accounts
