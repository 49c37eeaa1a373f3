from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from itertools import cycle
from pathlib import Path

import pytest

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.ports import Write
from flightrules.state.log import Recorded
from tests.adapters.lease_contract import LeaseContract
from tests.adapters.store_contract import StoreContract


class TakingTurns:
    """Two stores on one file; each call goes to the other one."""

    def __init__(self, path: Path) -> None:
        self._stores = (SqliteStore(path), SqliteStore(path))
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

    async def take(self, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
        return await next(self._turns).take(name, holder, now=now, until=until)

    async def release(self, name: str, holder: str) -> None:
        await next(self._turns).release(name, holder)

    async def close(self) -> None:
        for store in self._stores:
            await store.close()


class TestSqliteStore(StoreContract, LeaseContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[SqliteStore]:
        store = SqliteStore(tmp_path / "incidents.db")
        yield store
        await store.close()


class TestTwoStoresOnOneFile(StoreContract, LeaseContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[TakingTurns]:
        store = TakingTurns(tmp_path / "incidents.db")
        yield store
        await store.close()
