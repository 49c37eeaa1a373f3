"""A rollback that was approved and not begun: what the approval needed holds for the first step on a host too."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid, proceed
from flightrules.state.incident import Incident
from flightrules.state.operation import Operation
from flightrules.state.policy import Budgets
from flightrules.state.vocabulary import Path, Phase
from flightrules.testing import ScriptedProduction
from tests.service.house import RELEASES, House, build
from tests.service.pilot import call, fly, opened, rollback
from tests.service.test_crashes import living

pytestmark = pytest.mark.anyio


async def started_and_left(house: House) -> str:
    """A rollback whose start is on record, and whose process was gone (or its call cancelled) before the host heard."""
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    invocation = house.incidents.invocation(call("rollback", incident))
    question = await prepare(house.incidents, invocation)
    assert isinstance(question, Question)
    said = PersonSaid(verdict="yes", question=question, approver="ada")
    assert await proceed(house.incidents, invocation, await house.incidents.read(invocation), said) is None
    assert (await house.incidents.incident(incident)).phase is Phase.ROLLING_BACK
    return incident


async def taken_up(house: House, incident: str) -> Incident:
    """Another process finds it in the log, and follows it to its end."""
    async with living(house.restarted()) as process:
        await process.app.rollbacks.resume()
        await process.app.rollbacks.wait(incident, wait_s=4000)
        return await process.incidents.incident(incident)


@pytest.mark.requirement("APP-first-step")
async def test_an_approved_rollback_that_no_host_began_in_time_is_not_begun_later() -> None:
    house = build()
    incident = await started_and_left(house)
    house.clock.advance(10 * 60)
    found = await taken_up(house, incident)
    assert (found.phase, found.path, found.rollback_outcome) == (Phase.DECIDED, Path.ROLLBACK, "untouched")
    assert "the approval ended" in found.rollback_says
    assert house.production.hosts["web-1"].operations == {}


class Asleep(ScriptedProduction):
    """The server's machine sleeps while it hands an operation over."""

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        self.clock.advance(30 * 60)
        await super().launch(operation, until=until)


@pytest.mark.requirement("APP-first-step")
async def test_a_server_that_sleeps_between_the_record_and_the_host_begins_nothing_when_it_wakes() -> None:
    house = build()
    house.production.__class__ = Asleep
    async with living(house):
        incident = await started_and_left(house)
        await rollback(house, incident)
        await house.app.rollbacks.wait(incident, wait_s=4000)
        found = await house.incidents.incident(incident)
    assert (found.phase, found.path, found.rollback_outcome) == (Phase.DECIDED, Path.ROLLBACK, "untouched")
    assert "the approval ended" in found.rollback_says
    assert house.production.hosts["web-1"].operations == {}


@pytest.mark.requirement("APP-first-step")
async def test_an_agent_that_cancels_the_start_does_not_choose_a_later_moment_for_it() -> None:
    house = build()
    async with living(house):
        incident = await started_and_left(house)
        house.clock.advance(8 * 3600)
        answer = await rollback(house, incident)
    assert answer.result is not None
    assert answer.result.state == "untouched"
    assert house.executed() == []


@pytest.mark.requirement("APP-first-step", "APP-world-moved")
async def test_a_release_deployed_between_the_start_and_the_first_step_is_not_rolled_back_over() -> None:
    house = build()
    incident = await started_and_left(house)
    house.clock.advance(60)
    host = house.production.hosts["web-1"]
    host.head = host.serving = RELEASES[0]
    found = await taken_up(house, incident)
    assert (found.phase, found.rollback_outcome) == (Phase.DECIDED, "untouched")
    assert "production moved" in found.rollback_says
    assert (host.operations, host.serving) == ({}, RELEASES[0])


@pytest.mark.requirement("APP-first-step")
async def test_a_policy_that_changed_between_the_start_and_the_first_step_voids_it() -> None:
    house = build()
    incident = await started_and_left(house)
    managed = house.incidents.managed_targets["shop"]
    stricter = managed.policy.model_copy(update={"budgets": Budgets(rollback=20)})
    house.incidents.managed_targets = {"shop": replace(managed, policy=stricter)}
    found = await taken_up(house, incident)
    assert found.rollback_outcome == "untouched"
    assert "policy changed" in found.rollback_says
    assert house.executed() == []


@pytest.mark.requirement("APP-first-step")
async def test_what_a_restart_finds_within_the_approval_and_unmoved_goes_on() -> None:
    house = build()
    incident = await started_and_left(house)
    house.clock.advance(5 * 60)
    found = await taken_up(house, incident)
    assert found.rollback_outcome == "succeeded"


@pytest.mark.requirement("APP-first-step")
async def test_a_host_that_was_away_until_the_approval_ended_is_handed_nothing() -> None:
    house = build()
    async with living(house):
        incident = await started_and_left(house)
        host = house.production.hosts["web-1"]
        host.unreachable = "no route"
        following = house.app.rollbacks.ensure(incident)
        for _ in range(10_000):
            await asyncio.sleep(0)
            if (house.clock.now() - (await house.incidents.incident(incident)).opened_at).seconds > 15 * 60:
                break
        host.unreachable = ""
        await following.task
        found = await house.incidents.incident(incident)
    assert found.rollback_outcome in ("untouched", "indeterminate")
    assert host.operations == {}


@pytest.mark.requirement("APP-first-step", "APP-world-moved")
async def test_a_later_wave_is_not_rolled_back_over_what_was_deployed_there_meanwhile() -> None:
    first = build().incidents.managed_targets["shop"].target.hosts[0]
    hosts = [first.model_copy(update={"name": name}).model_dump(mode="json") for name in ("web-1", "web-2")]
    house = build(hosts=hosts)
    house.production.looks_to_finish = 40
    async with living(house):
        incident = await opened(house)
        await fly(house, incident, until=Phase.ROLLING_BACK)
        second = house.production.hosts["web-2"]
        second.head = second.serving = RELEASES[0]
        await fly(house, incident, until=Phase.DECIDED)
        found = await house.incidents.incident(incident)
    assert (found.rollback_outcome, second.operations, second.serving) == ("failed", {}, RELEASES[0])
    assert house.production.hosts["web-1"].serving == RELEASES[-2]
    assert "production moved" in found.rollback_says
