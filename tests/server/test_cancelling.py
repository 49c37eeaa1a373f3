"""Clients that go away in the middle: nothing is lost, and what runs on hosts goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import anyio
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult

from flightrules.server.mcp import build_server
from flightrules.state.evidence import Finding
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Agent, Connect, yes
from tests.server.journey import to_phase
from tests.service.house import House, build

pytestmark = pytest.mark.anyio


class Gate:
    """Holds a probe until it is opened."""

    def __init__(self, house: House, held: Callable[[], bool] = lambda: True) -> None:
        self._held = held
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self._collect = house.production.collect
        house.production.collect = self.collect  # type: ignore[method-assign]

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        if self._held():
            self.reached.set()
            await self.opened.wait()
        return await self._collect(probes, since=since, limit_s=limit_s)


@pytest.mark.parametrize(("tool", "phase"), [("assess", Phase.DETECTED), ("verify", Phase.VERIFYING)])
async def test_a_client_that_goes_away_while_production_is_read_loses_nothing_but_that_look(
    connect: Connect, tool: str, phase: Phase
) -> None:
    house = build()
    async with connect(house) as agent:
        incident = await to_phase(house, agent, phase)
        gate = Gate(house)
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: agent.raw(tool, incident=incident))
            with anyio.fail_after(10):
                await gate.reached.wait()
            group.cancel_scope.cancel()
        gate.opened.set()
        stood = await house.restarted().incidents.incident(incident)
        assert stood.phase is phase
        last = (await house.incidents.records(incident))[-1]
        assert last.kind == "assessment_started"
        answer = await agent.call(tool, incident=incident)
    assert answer["ok"]
    assert answer["phase"] != phase


async def test_a_client_that_goes_away_during_a_rollback_finds_it_ended_when_it_comes_back(connect: Connect) -> None:
    house = build()
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        gate = Gate(house, lambda: bool(house.executed()))  # not while it is read whether to start
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: agent.raw("rollback", incident=incident))
            with anyio.fail_after(10):
                await gate.reached.wait()
            group.cancel_scope.cancel()
        assert (await house.incidents.incident(incident)).phase is Phase.ROLLING_BACK
        gate.opened.set()
        answer = await agent.call("rollback", incident=incident)
        if answer["phase"] == "rolling_back":
            answer = await agent.call("rollback", incident=incident)
        assert answer["result"]["state"] == "succeeded"
    assert house.executed().count("up") == 1


async def test_a_client_that_leaves_for_good_leaves_the_rollback_running(connect: Connect) -> None:
    house = build()
    gate = None
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        gate = Gate(house, lambda: bool(house.executed()))  # not while it is read whether to start
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: agent.raw("rollback", incident=incident))
            with anyio.fail_after(10):
                await gate.reached.wait()
            group.cancel_scope.cancel()
    gate.opened.set()
    await house.app.rollbacks.wait(incident)
    assert (await house.incidents.incident(incident)).phase is Phase.VERIFYING
    assert house.executed().count("up") == 1


async def test_progress_is_told_in_order_and_each_thing_once(connect: Connect) -> None:
    house = build()
    house.production.looks_to_finish = 5
    numbers: list[float] = []
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        agent.progress.clear()

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            del total
            numbers.append(progress)
            agent.progress.append(message or "")

        await agent.client.call_tool("rollback", {"incident": incident}, progress_callback=progressed)
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= 2
    assert all("web-1" in message for message in agent.progress)
    assert all(one != other for one, other in zip(agent.progress, agent.progress[1:], strict=False))


async def test_a_call_answers_within_its_wait_however_long_the_rollback_takes(connect_now: Connect) -> None:
    house = build()
    house.production.looks_to_finish = 10**9
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        before = house.clock.now()
        answer = await agent.call("rollback", incident=incident)
        assert answer["result"]["state"] == "rolling_back"
        assert "again" in answer["says"]
        assert (house.clock.now() - before).total_seconds() < 30
        await house.app.close()


async def test_a_client_that_goes_away_before_its_person_answers_is_asked_the_same_again(era: str) -> None:
    house = build()
    questions: list[str] = []
    shown, never = asyncio.Event(), asyncio.Event()

    async def silent(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        questions.append(params.message)
        shown.set()
        if len(questions) == 1:
            await never.wait()
        return yes(params.message)

    async with Client(build_server(house.app), mode=era, elicitation_callback=silent) as client:
        agent = Agent(client)
        incident = await to_phase(house, agent, Phase.DECIDED)
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: agent.raw("rollback", incident=incident))
            with anyio.fail_after(10):
                await shown.wait()
            group.cancel_scope.cancel()
        assert (await house.incidents.incident(incident)).phase is Phase.DECIDED
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"
    assert len(questions) == 2
    assert questions[0] == questions[1]
    assert house.executed().count("up") == 1
