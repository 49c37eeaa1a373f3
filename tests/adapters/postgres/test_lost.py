"""Lost connections: an append says what happened, and is never made twice."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from flightrules.adapters.postgres.store import PostgresStore
from flightrules.errors import Conflict, Unavailable
from flightrules.ports import Write
from flightrules.state.log import broken
from tests.adapters.postgres.conftest import ROLE, Database
from tests.adapters.postgres.proxy import Proxy, in_front_of
from tests.adapters.store_contract import draft

pytestmark = pytest.mark.anyio


@pytest.fixture
def front() -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="frpx-") as folder:
        yield Path(folder) / "s"


@pytest.fixture
def proxy(database: Database, front: Path) -> Iterator[Proxy]:
    with in_front_of(front, database.server.socket) as proxy:
        yield proxy


@pytest.fixture
async def store(database: Database, proxy: Proxy, front: Path) -> AsyncIterator[PostgresStore]:
    del proxy
    store = PostgresStore(f"postgresql://{ROLE}@/{database.name}?host={front}", resolve_s=0.0)
    yield store
    await store.close()


async def test_a_commit_whose_answer_was_lost_is_found_and_not_made_again(store: PostgresStore, proxy: Proxy) -> None:
    await store.append(Write("a", 0, [draft()]))
    proxy.loses = "answer"
    appended = await store.append(Write("a", 1, [draft(), draft()]), Write("b", None, [draft()]))
    assert proxy.lost == 1
    assert [event.version for event in appended] == [2, 3, 1]
    events = await store.load("a")
    assert len(events) == 3
    assert broken(events) is None


async def test_a_commit_that_was_lost_on_its_way_wrote_nothing_and_says_so(store: PostgresStore, proxy: Proxy) -> None:
    await store.append(Write("a", 0, [draft()]))
    proxy.loses = "commit"
    with pytest.raises(Unavailable, match="nothing was written") as caught:
        await store.append(Write("a", 1, [draft()]))
    assert not isinstance(caught.value, Conflict)
    assert len(await store.load("a")) == 1
    await store.append(Write("a", 1, [draft()]))


async def test_a_commit_of_which_nobody_can_be_asked_is_unknown(
    store: PostgresStore, proxy: Proxy, database: Database
) -> None:
    await store.append(Write("a", 0, [draft()]))
    proxy.loses = "answer"
    proxy.refuse()
    with pytest.raises(Unavailable, match=r"nobody knows if event 2 of a was written"):
        await store.append(Write("a", 1, [draft()]))
    again = PostgresStore(database.url)
    assert len(await again.load("a")) in {1, 2}
    await again.close()


async def test_a_connection_that_died_while_idle_costs_no_call(store: PostgresStore, database: Database) -> None:
    await store.append(Write("a", 0, [draft()]))
    assert len(await store.load("a")) == 1
    database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'flightrules'")
    assert len(await store.load("a")) == 1
    await store.append(Write("a", 1, [draft()]))
    assert len(await store.load("a")) == 2
