"""The process dies at every moment it can; another one goes on from the log, and production is changed once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Literal

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.errors import Unavailable
from flightrules.ports import Write
from flightrules.state.log import Recorded
from flightrules.state.operation import Operation, OperationStatus, Running, Survey
from flightrules.state.target import Target
from flightrules.state.vocabulary import Phase
from flightrules.testing import ManualClock, ScriptedProduction
from tests.service.house import RELEASES, House, build
from tests.service.pilot import ACTS, fly, opened, whole

pytestmark = pytest.mark.anyio

Moment = Literal["before", "after"]


class Died(BaseException):
    """The process is gone; nothing can catch that."""


class MortalStore(MemoryStore):
    """Dies with the process right before or right after one append, and answers nobody from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.appends = 0
        self.dies_at = 0
        self.moment: Moment = "before"
        self.dead = False

    def _live(self) -> None:
        if self.dead:
            raise Died

    async def append(self, *writes: Write) -> list[Recorded]:
        self._live()
        self.appends += 1
        self.dead = self.appends == self.dies_at
        if self.dead and self.moment == "before":
            raise Died
        recorded = await super().append(*writes)
        self._live()
        return recorded

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        self._live()
        return await super().load(stream, after=after)

    def reborn(self) -> MortalStore:
        """Return the store that another process finds on the disk."""
        other = MortalStore()
        other._streams = self._streams
        return other


@asynccontextmanager
async def living(house: House) -> AsyncIterator[House]:
    """A process and its end."""
    try:
        yield house
    finally:
        await house.app.rollbacks.close()


async def appends_of_a_whole_incident() -> int:
    store = MortalStore()
    async with living(build().restarted(store)) as house:
        await fly(house, await opened(house))
    return store.appends


async def lived_until(store: MortalStore, house: House) -> str:
    """Fly until death, and say which incident was open."""
    incident = ""
    async with living(house.restarted(store)) as process:
        try:
            incident = await opened(process, key="first")
            await fly(process, incident)
        except Died:
            pass
    return incident


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.requirement("RB-at-most-once")
@pytest.mark.requirement("PEER-crash-between")
async def test_whenever_the_process_dies_another_one_ends_the_incident_and_rolls_back_once(moment: Moment) -> None:
    for dies_at in range(1, await appends_of_a_whole_incident() + 1):
        store, world = MortalStore(), build()
        store.dies_at, store.moment = dies_at, moment
        await lived_until(store, world)
        assert store.dead
        async with living(world.restarted(store.reborn())) as process:
            incident = await opened(process, key="first")
            await process.app.rollbacks.resume()
            await fly(process, incident)
            await whole(process, incident)
            assert await process.incidents.store.streams("INC-") == [incident]
        assert world.production.hosts["web-1"].serving == RELEASES[-2]


async def test_a_process_that_dies_twice_on_the_way_still_rolls_back_once() -> None:
    last = await appends_of_a_whole_incident()
    for first in range(2, last - 2, 3):
        store, world = MortalStore(), build()
        store.dies_at = first
        incident = await lived_until(store, world)
        store = store.reborn()
        store.dies_at, store.moment = 3, "after"
        await lived_until(store, world)
        async with living(world.restarted(store.reborn())) as process:
            incident = await opened(process, key="first")
            await fly(process, incident)
            await whole(process, incident)


async def test_a_restart_in_each_phase_finds_everything_as_it_was() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        for phase in (*ACTS, Phase.CLOSED):
            if phase in (Phase.ROLLING_BACK, Phase.ANALYSED):
                continue
            await fly(house, incident, until=phase)
            assert await house.restarted().incidents.incident(incident) == await house.incidents.incident(incident)


async def test_a_restart_in_the_middle_of_a_rollback_takes_it_up_again_without_being_asked() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        house.production.looks_to_finish = 10**9
        await fly(house, incident, until=Phase.ROLLING_BACK)
    house.production.looks_to_finish = 0
    for held in house.production.hosts["web-1"].operations.values():
        held.looks_left = 0
    async with living(house.restarted()) as process:
        await process.app.rollbacks.resume()
        await process.app.rollbacks.wait(incident)
        found = await process.incidents.incident(incident)
        assert (found.phase, found.rollback_outcome) == (Phase.VERIFYING, "succeeded")
    assert house.executed().count("up") == 1


class Flaky(ScriptedProduction):
    """Fails some calls in a row; a launch may have arrived although its answer was lost."""

    def __init__(self, target: Target, clock: ManualClock, *, releases: Sequence[str]) -> None:
        super().__init__(target, clock, releases=releases)
        self.calls = 0
        self.fails_at = 0
        self.fails_for = 1
        self.moment: Moment = "before"

    def _fails(self) -> bool:
        self.calls += 1
        return self.fails_at <= self.calls < self.fails_at + self.fails_for

    def _break(self, moment: Moment, *, fails: bool) -> None:
        if fails and self.moment == moment:
            raise Unavailable("host web-1", "the connection broke.", "Look at its network and sshd.")

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        self._break(self.moment, fails=self._fails())
        return await super().survey(host, release, trial=trial)

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        fails = self._fails()
        self._break("before", fails=fails)
        await super().launch(operation, until=until)
        self._break("after", fails=fails)

    async def look(self, host: str, operation: str, *, offset: int = 0) -> OperationStatus:
        fails = self._fails()
        self._break("before", fails=fails)
        look = await super().look(host, operation, offset=offset)
        self._break("after", fails=fails)
        return look

    async def running(self, host: str, *, release: str = "") -> Running:
        self._break(self.moment, fails=self._fails())
        return await super().running(host, release=release)

    async def remember(self, host: str, release: str) -> tuple[tuple[str, str], ...]:
        self._break(self.moment, fails=self._fails())
        return await super().remember(host, release)


def flaky_house() -> tuple[House, Flaky]:
    house = build()
    managed = house.incidents.managed_targets["shop"]
    production = Flaky(managed.target, house.clock, releases=RELEASES)
    production.broken.add(RELEASES[-1])
    house.incidents.managed_targets = {"shop": replace(managed, production=production)}
    return replace(house, production=production), production


@pytest.mark.parametrize("fails_for", [1, 25])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.requirement("RB-at-most-once")
async def test_wherever_the_connection_breaks_and_for_how_long_production_is_rolled_back_once(
    moment: Moment, fails_for: int
) -> None:
    house, production = flaky_house()
    async with living(house):
        await fly(house, await opened(house))
    for fails_at in range(1, production.calls + 1):
        house, flaky = flaky_house()
        flaky.fails_at, flaky.fails_for, flaky.moment = fails_at, fails_for, moment
        async with living(house):
            incident = await opened(house)
            await fly(house, incident)
            await whole(house, incident)
        assert flaky.calls >= fails_at
        assert house.production.hosts["web-1"].serving == RELEASES[-2]


async def test_a_failed_survey_is_told_with_its_cause_and_asks_nobody() -> None:
    house, flaky = flaky_house()
    async with living(house):
        incident = await opened(house)
        await fly(house, incident, until=Phase.DECIDED)
        flaky.fails_at, flaky.fails_for = 1, 10
        answer = await ACTS[Phase.DECIDED](house, incident)
    assert answer.problem is not None
    assert answer.problem.kind == "unavailable"
    assert "host web-1" in answer.problem.reason
    assert answer.problem.remedy
    assert answer.phase is Phase.DECIDED
    assert (await house.incidents.records(incident))[-1].kind == "call_failed"


async def test_a_host_that_stays_away_too_long_is_a_person_s_matter_and_never_run_again() -> None:
    house, flaky = flaky_house()
    async with living(house):
        incident = await opened(house)
        await fly(house, incident, until=Phase.DECIDED)
        flaky.moment, flaky.fails_at, flaky.fails_for = "after", 3, 10**9
        for _ in range(400):
            answer = await ACTS[Phase.DECIDED](house, incident)
            if answer.phase is not Phase.ROLLING_BACK:
                break
        found = await house.incidents.incident(incident)
    assert (found.phase, found.rollback_outcome) == (Phase.DECIDED, "indeterminate")
    assert found.path == "person"
    assert "cannot be seen" in found.rollback_says
    assert len(flaky.hosts["web-1"].operations) == 1


async def test_a_host_that_is_away_for_a_moment_late_in_a_long_rollback_is_waited_for() -> None:
    house, flaky = flaky_house()
    flaky.looks_to_finish = 9000
    async with living(house):
        incident = await opened(house)
        await fly(house, incident, until=Phase.ROLLING_BACK)
        flaky.fails_at, flaky.fails_for = flaky.calls + 1, 2
        await ACTS[Phase.ROLLING_BACK](house, incident)
        house.clock.advance(40 * 60)
        flaky.fails_at = flaky.calls + 3
        for _ in range(3):
            answer = await ACTS[Phase.ROLLING_BACK](house, incident)
            assert answer.phase is Phase.ROLLING_BACK, answer


class StumblingStore(MemoryStore):
    """Takes nothing for some appends in a row, like a full disk that somebody makes room on."""

    def __init__(self) -> None:
        super().__init__()
        self.appends = 0
        self.fails_at = 0
        self.fails_for = 3

    async def append(self, *writes: Write) -> list[Recorded]:
        self.appends += 1
        if self.fails_at <= self.appends < self.fails_at + self.fails_for:
            raise Unavailable("incident log", "the disk is full, so nothing was written.", "Free some space.")
        return await super().append(*writes)


async def test_whenever_the_log_cannot_be_written_for_a_moment_nothing_is_lost_and_nothing_runs_twice() -> None:
    for fails_at in range(1, await appends_of_a_whole_incident() + 1):
        store = StumblingStore()
        store.fails_at = fails_at
        async with living(build().restarted(store)) as house:
            incident = ""
            for _ in range(20):
                try:
                    if incident := await opened(house, key="first"):
                        await fly(house, incident)
                        break
                except Unavailable:
                    continue
            await whole(house, incident)
