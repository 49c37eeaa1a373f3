"""Contract that every keeper of leases keeps; a test module subclasses `LeaseContract` and says what `store` is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from flightrules.ports import Store
from flightrules.testing import ManualClock

Passes = Callable[[float], Awaitable[None]]


async def take(store: Store, holder: str, *, name: str = "watch", for_s: float = 60) -> bool:
    """Take a lease."""
    return await store.take(name, holder, for_s=for_s)


@pytest.mark.anyio
class LeaseContract:
    """The promises of ports.Leases."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The store's time, for a store that is handed one."""
        return ManualClock()

    @pytest.fixture
    def passes(self, clock: ManualClock) -> Passes:
        """Let so many seconds pass for the store."""

        async def advance(seconds: float) -> None:
            clock.advance(seconds)

        return advance

    async def test_a_lease_has_one_holder(self, store: Store, passes: Passes) -> None:
        assert await take(store, "a")
        assert not await take(store, "b")
        await passes(30)
        assert not await take(store, "b")

    async def test_leases_of_different_names_do_not_meet(self, store: Store) -> None:
        assert await take(store, "a")
        assert await take(store, "b", name="chores")

    async def test_a_holder_makes_its_own_last_longer(self, store: Store, passes: Passes) -> None:
        assert await take(store, "a")
        await passes(50)
        assert await take(store, "a")
        await passes(20)
        assert not await take(store, "b")
        await passes(40)
        assert await take(store, "b")

    async def test_a_holder_that_dies_is_succeeded_once_its_time_is_over(self, store: Store, passes: Passes) -> None:
        assert await take(store, "a")
        await passes(60)
        assert await take(store, "b")

    @pytest.mark.requirement("MON-once")
    async def test_a_holder_that_wakes_too_late_does_not_get_it_back(self, store: Store, passes: Passes) -> None:
        assert await take(store, "a")
        await passes(61)
        assert await take(store, "b")
        assert not await take(store, "a")

    async def test_a_released_lease_is_free_at_once(self, store: Store) -> None:
        assert await take(store, "a")
        await store.release("watch", "a")
        assert await take(store, "b")

    async def test_nobody_releases_the_lease_of_another(self, store: Store) -> None:
        assert await take(store, "a")
        await store.release("watch", "b")
        await store.release("nothing", "b")
        assert not await take(store, "b")

    @pytest.mark.requirement("MON-once")
    async def test_of_many_that_take_at_once_exactly_one_gets_it(self, store: Store) -> None:
        taken = await asyncio.gather(*(take(store, f"holder-{n}") for n in range(8)))
        assert sum(taken) == 1

    async def test_a_lease_is_no_part_of_the_log(self, store: Store) -> None:
        await take(store, "a")
        assert await store.streams() == []
