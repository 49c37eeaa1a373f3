"""Agreement of what the server announces with what it does: subscriptions, lists that may be kept, completions."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourceUpdated
from mcp_types import PromptReference, ResourceTemplateReference

from flightrules.server.mcp import build_server
from flightrules.service.hearing import HeardStore
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Agent
from tests.server.journey import to_phase
from tests.service.house import House, build
from tests.service.pilot import assess

pytestmark = pytest.mark.anyio


def heard() -> House:
    """A house whose log speaks."""
    house = build()
    store = HeardStore(house.incidents.store)
    house.incidents.store = store
    return replace(house, app=replace(house.app, heard=store))


async def test_what_is_new_in_an_incident_is_published_to_those_who_subscribed() -> None:
    house = heard()
    async with Client(build_server(house.app)) as client:
        agent = Agent(client)
        incident = await to_phase(house, agent, Phase.DETECTED)
        wanted = [f"incident://{incident}/log", f"incident://{incident}/evidence/E1"]
        async with client.listen(resource_subscriptions=wanted) as stream:
            await agent.call("assess", incident=incident)
            seen: set[str] = set()
            with anyio.fail_after(10):
                async for event in stream:
                    assert isinstance(event, ResourceUpdated)
                    seen.add(event.uri)
                    if seen == set(wanted):
                        break


async def test_what_another_process_wrote_is_published_once_this_one_reads_it() -> None:
    house = heard()
    other = house.restarted(house.store)
    async with Client(build_server(house.app)) as client:
        incident = await to_phase(house, Agent(client), Phase.DETECTED)
        async with client.listen(resource_subscriptions=[f"incident://{incident}/status"]) as stream:
            await assess(other, incident)
            await house.incidents.incident(incident)
            with anyio.fail_after(10):
                async for event in stream:
                    assert event == ResourceUpdated(uri=f"incident://{incident}/status")
                    break


async def test_the_status_can_be_read_as_often_as_anybody_likes_and_leaves_no_event() -> None:
    house = build()
    async with Client(build_server(house.app)) as client:
        incident = await to_phase(house, Agent(client), Phase.DECIDED)
        before = len(await house.incidents.records(incident))
        found = await client.read_resource(f"incident://{incident}/status")
        assert '"phase": "decided"' in getattr(found.contents[0], "text", "")
        assert len(await house.incidents.records(incident)) == before


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_nothing_is_announced_that_is_never_sent(mode: str) -> None:
    async with Client(build_server(heard().app), mode=mode) as client:
        told = client.server_capabilities
        assert told is not None
        assert not (told.tools and told.tools.list_changed)
        assert not (told.prompts and told.prompts.list_changed)
        assert not (told.resources and told.resources.list_changed)
        assert bool(told.resources and told.resources.subscribe) == (mode == "auto")


async def test_the_lists_may_be_kept_for_a_while() -> None:
    async with Client(build_server(build().app)) as client:
        assert (await client.list_tools()).ttl_ms == 3_600_000
        assert (await client.list_prompts()).ttl_ms == 3_600_000


@pytest.mark.parametrize(
    "reference", [PromptReference(name="none"), ResourceTemplateReference(uri="incident://{incident}/none")]
)
async def test_nothing_is_completed_for_what_there_is_not(
    reference: PromptReference | ResourceTemplateReference,
) -> None:
    async with Client(build_server(build().app)) as client:
        with pytest.raises(MCPError, match="There is no"):
            await client.complete(reference, {"name": "incident", "value": ""})
