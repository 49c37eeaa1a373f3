"""Contract that every keeper of leases keeps; a test module subclasses `LeaseContract` and says what `store` is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from flightrules.ports import Store

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


async def take(store: Store, holder: str, at: float = 0, *, name: str = "watch", seconds: float = 60) -> bool:
    """Take a lease so many seconds after NOW, for so long."""
    now = NOW + timedelta(seconds=at)
    return await store.take(name, holder, now=now, until=now + timedelta(seconds=seconds))


@pytest.mark.anyio
class LeaseContract:
    """The promises of ports.Leases."""

    async def test_a_lease_has_one_holder(self, store: Store) -> None:
        assert await take(store, "a")
        assert not await take(store, "b", 1)
        assert not await take(store, "b", 59.999)

    async def test_leases_of_different_names_do_not_meet(self, store: Store) -> None:
        assert await take(store, "a")
        assert await take(store, "b", name="chores")

    async def test_a_holder_makes_its_own_last_longer(self, store: Store) -> None:
        assert await take(store, "a")
        assert await take(store, "a", 50)
        assert not await take(store, "b", 70)
        assert await take(store, "b", 110)

    async def test_a_holder_that_dies_is_succeeded_once_its_time_is_over(self, store: Store) -> None:
        assert await take(store, "a")
        assert await take(store, "b", 60)

    @pytest.mark.requirement("MON-once")
    async def test_a_holder_that_wakes_too_late_does_not_get_it_back(self, store: Store) -> None:
        assert await take(store, "a")
        assert await take(store, "b", 61)
        assert not await take(store, "a", 62)

    async def test_a_released_lease_is_free_at_once(self, store: Store) -> None:
        assert await take(store, "a")
        await store.release("watch", "a")
        assert await take(store, "b", 1)

    async def test_nobody_releases_the_lease_of_another(self, store: Store) -> None:
        assert await take(store, "a")
        await store.release("watch", "b")
        await store.release("nothing", "b")
        assert not await take(store, "b", 1)

    async def test_the_zone_of_a_clock_does_not_matter(self, store: Store) -> None:
        there = NOW.astimezone(timezone(timedelta(hours=-8)))
        assert await store.take("watch", "a", now=there, until=there + timedelta(seconds=60))
        assert not await take(store, "b", 59)
        assert await take(store, "b", 60)

    @pytest.mark.requirement("MON-once")
    async def test_of_many_that_take_at_once_exactly_one_gets_it(self, store: Store) -> None:
        taken = await asyncio.gather(*(take(store, f"holder-{n}") for n in range(8)))
        assert sum(taken) == 1

    async def test_a_lease_is_no_part_of_the_log(self, store: Store) -> None:
        await take(store, "a")
        assert await store.streams() == []
