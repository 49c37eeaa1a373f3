"""The contracts of a store and of leases, on a real PostgreSQL, with the rights of the server's role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import cycle

import pytest

from flightrules.adapters.postgres.store import PostgresStore
from flightrules.ports import Write
from flightrules.state.log import Recorded
from tests.adapters.lease_contract import LeaseContract, Passes
from tests.adapters.postgres.conftest import Database
from tests.adapters.store_contract import StoreContract


class TakingTurns:
    """Two stores on one database; each call goes to the other one."""

    def __init__(self, url: str) -> None:
        self._stores = (PostgresStore(url), PostgresStore(url))
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


class OnPostgres(StoreContract, LeaseContract):
    @pytest.fixture
    def passes(self, database: Database) -> Passes:
        """Move the ends of all leases, since the database's own clock is the one that counts."""

        async def move(seconds: float) -> None:
            moved = "UPDATE flightrules.leases SET until = until - make_interval(secs => %s)"
            database.superuser.execute(moved, [seconds])

        return move


class TestPostgresStore(OnPostgres):
    @pytest.fixture
    async def store(self, database: Database) -> AsyncIterator[PostgresStore]:
        store = PostgresStore(database.url)
        yield store
        await store.close()


class TestTwoStoresOnOneDatabase(OnPostgres):
    @pytest.fixture
    async def store(self, database: Database) -> AsyncIterator[TakingTurns]:
        store = TakingTurns(database.url)
        yield store
        await store.close()
