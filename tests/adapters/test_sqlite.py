from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta, timezone
from itertools import cycle
from pathlib import Path

import pytest

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.ports import Write
from flightrules.state.log import Recorded
from flightrules.testing import ManualClock
from flightrules.testing.clock import START
from tests.adapters.lease_contract import LeaseContract
from tests.adapters.store_contract import StoreContract


class TakingTurns:
    """Two stores on one file; each call goes to the other one."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._stores = (SqliteStore(path, now=now), SqliteStore(path, now=now))
        self._turns = cycle(self._stores)

    async def append(self, *writes: Write) -> list[Recorded]:
        return await next(self._turns).append(*writes)

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        return await next(self._turns).load(stream, after=after)

    async def find_call(self, stream: str, call: str) -> list[Recorded]:
        return await next(self._turns).find_call(stream, call)

    async def streams(self, prefix: str = "") -> list[str]:
        return await next(self._turns).streams(prefix)

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        return await next(self._turns).search(text, limit=limit)

    async def take(self, name: str, holder: str, *, for_s: float) -> bool:
        return await next(self._turns).take(name, holder, for_s=for_s)

    async def release(self, name: str, holder: str) -> None:
        await next(self._turns).release(name, holder)

    async def close(self) -> None:
        for store in self._stores:
            await store.close()


class TestSqliteStore(StoreContract, LeaseContract):
    @pytest.fixture
    async def store(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteStore]:
        store = SqliteStore(tmp_path / "incidents.db", now=clock.now)
        yield store
        await store.close()


class TestTwoStoresOnOneFile(StoreContract, LeaseContract):
    @pytest.fixture
    async def store(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[TakingTurns]:
        store = TakingTurns(tmp_path / "incidents.db", clock.now)
        yield store
        await store.close()


@pytest.mark.anyio
async def test_the_zone_of_a_clock_does_not_matter(tmp_path: Path) -> None:
    here, there = START, START.astimezone(timezone(timedelta(hours=-8)))
    first = SqliteStore(tmp_path / "log.db", now=lambda: there)
    second = SqliteStore(tmp_path / "log.db", now=lambda: here + timedelta(seconds=59))
    third = SqliteStore(tmp_path / "log.db", now=lambda: here + timedelta(seconds=60))
    assert await first.take("watch", "a", for_s=60)
    assert not await second.take("watch", "b", for_s=60)
    assert await third.take("watch", "b", for_s=60)
    for store in (first, second, third):
        await store.close()
