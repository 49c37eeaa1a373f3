"""One process at a time follows a rollback, and another goes on where that one is gone; `watch` is one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.errors import Unavailable
from flightrules.service.application import Application
from flightrules.service.rollback.following import Follower
from flightrules.service.rollback.lease import AGAIN, LEASE, RollbackLease
from flightrules.service.rollback.rollbacks import Rollbacks
from flightrules.service.watching import Watching
from flightrules.state.operation import OperationStatus
from flightrules.state.vocabulary import Phase
from flightrules.testing import ManualClock, ScriptedProduction
from tests.service.house import House, build
from tests.service.pilot import fly, opened

pytestmark = pytest.mark.anyio


def lease(store: MemoryStore, clock: ManualClock, holder: str = "a") -> RollbackLease:
    return RollbackLease(leases=store, clock=clock, incident="INC-1", holder=holder)


async def test_of_two_one_follows_and_the_other_when_that_one_ends() -> None:
    clock = ManualClock()
    store = MemoryStore(clock.now)
    first, second = lease(store, clock), lease(store, clock, "b")
    assert await first.mine()
    assert not await second.mine()
    await first.end()
    assert await second.mine()
    assert not await first.mine()


async def test_who_goes_on_keeps_it_and_who_was_paused_too_long_does_not_go_on() -> None:
    clock = ManualClock()
    store = MemoryStore(clock.now)
    first, second = lease(store, clock), lease(store, clock, "b")
    assert await first.mine()
    for _ in range(20):
        clock.advance(AGAIN.total_seconds())
        assert await first.mine()
        assert not await second.mine()
    clock.advance(LEASE.total_seconds())
    assert await second.mine()
    assert not await first.mine()


async def test_a_clock_that_was_set_back_asks_again() -> None:
    clock = ManualClock()
    store = MemoryStore(clock.now)
    first = lease(store, clock)
    assert await first.mine()
    clock.advance(-3600)
    assert await first.mine()


class Locked(MemoryStore):
    """Leases that cannot be written for a while."""

    locked = False

    async def take(self, name: str, holder: str, *, for_s: float) -> bool:
        if self.locked:
            raise Unavailable("the log", "it is locked", "Wait.")
        return await super().take(name, holder, for_s=for_s)


async def test_while_nothing_can_be_written_a_lease_is_ours_for_as_long_as_it_lasts() -> None:
    clock = ManualClock()
    store = Locked(clock.now)
    first, second = lease(store, clock), lease(store, clock, "b")
    assert await first.mine()
    store.locked = True
    clock.advance((LEASE - timedelta(seconds=1)).total_seconds())
    assert await first.mine()
    assert not await second.mine()
    clock.advance(1)
    assert not await first.mine()


@dataclass
class Processes:
    """Two processes on one log and one world."""

    first: House
    second: House


def process(world: House, name: str) -> House:
    """A process of its own, with a watch that takes rollbacks up."""
    house = world.restarted()
    rollbacks = Rollbacks(house.incidents, leases=world.store, holder=name)
    watching = Watching(incidents=house.incidents, leases=world.store, holder=name, take_up=rollbacks.take_up)
    app = Application(
        incidents=house.incidents, rollbacks=rollbacks, suite_runs=house.app.suite_runs, watching=watching
    )
    return replace(house, app=app)


@asynccontextmanager
async def under_way() -> AsyncIterator[tuple[Processes, str]]:
    """A rollback that the first process follows, and that does not end before it may."""
    world = build()
    both = Processes(process(world, "first"), process(world, "second"))
    world.production.looks_to_finish = 10**9
    incident = await opened(both.first)
    await fly(both.first, incident, until=Phase.ROLLING_BACK)
    try:
        yield both, incident
    finally:
        for house in (both.first, both.second):
            await house.app.rollbacks.close()


def let_end(house: House) -> None:
    """Let the host come to its end."""
    for held in house.production.hosts["web-1"].operations.values():
        held.looks_left = 0


async def test_a_watch_leaves_a_rollback_to_the_process_that_follows_it() -> None:
    async with under_way() as (both, incident):
        assert (await both.second.app.watching.once()).held
        assert both.second.app.rollbacks._running == {}
        let_end(both.first)
        await both.first.app.rollbacks.wait(incident)
        assert (await both.second.incidents.incident(incident)).phase is Phase.VERIFYING


async def test_a_watch_takes_up_a_rollback_whose_server_was_stopped_and_looks_instead_of_running_it_again() -> None:
    async with under_way() as (both, incident):
        await both.first.app.rollbacks.close()
        let_end(both.first)
        assert (await both.second.app.watching.once()).held
        await both.second.app.rollbacks.ended()
        found = await both.second.incidents.incident(incident)
        assert (found.phase, found.rollback_outcome) == (Phase.VERIFYING, "succeeded")
        assert both.second.executed().count("up") == 1


async def test_a_call_to_another_server_waits_for_the_one_that_follows_and_sees_the_end() -> None:
    async with under_way() as (both, incident):
        waiting = asyncio.create_task(both.second.app.rollbacks.wait(incident, wait_s=3600))
        await asyncio.sleep(0)
        let_end(both.first)
        await waiting
        assert (await both.second.incidents.incident(incident)).phase is Phase.VERIFYING
        assert both.second.app.rollbacks._running[incident].message == "another process follows it"


async def test_a_server_that_was_paused_past_its_lease_and_wakes_lets_the_other_go_on() -> None:
    async with under_way() as (both, incident):
        both.first.store._leases[f"rollback:{incident}"] = ("second", both.first.clock.now() + LEASE * 9)
        message = both.first.app.rollbacks._running[incident]
        while message.message != "another process follows it":  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        assert not message.task.done()


class Stuck(ScriptedProduction):
    """A host whose answer takes as long as it is told."""

    async def look(self, host: str, operation: str, *, offset: int = 0) -> OperationStatus:
        self.asked_now.set()
        await self.answers.wait()
        return await super().look(host, operation, offset=offset)

    asked_now: asyncio.Event
    answers: asyncio.Event


async def test_a_step_that_takes_longer_than_the_lease_does_not_lose_it() -> None:
    async with under_way() as (both, incident):
        await both.first.app.rollbacks.close()
        production, clock, store = both.second.production, both.second.clock, both.second.store
        production.__class__, Stuck.asked_now, Stuck.answers = Stuck, asyncio.Event(), asyncio.Event()
        ours = RollbackLease(leases=store, clock=clock, incident=incident, holder="b", again=timedelta(milliseconds=5))
        follower = asyncio.create_task(
            Follower(incidents=both.second.incidents, incident_id=incident, lease=ours).run()
        )
        await Stuck.asked_now.wait()
        for _ in range(9):
            clock.advance(LEASE.total_seconds() / 2)
            until = clock.now() + LEASE
            while store._leases[f"rollback:{incident}"] != ("b", until):  # noqa: ASYNC110 - the loop's time brings it
                await asyncio.sleep(0.001)
        let_end(both.second)
        Stuck.answers.set()
        await follower
        assert (await both.second.incidents.incident(incident)).phase is Phase.VERIFYING
