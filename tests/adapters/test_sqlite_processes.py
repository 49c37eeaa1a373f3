"""Several server processes on one file, processes that die, and callers that give up."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from flightrules.adapters.sqlite import connection
from flightrules.adapters.sqlite import store as store_module
from flightrules.adapters.sqlite.sql import queries
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.ports import Write
from flightrules.state.log import broken
from tests.adapters.store_contract import draft

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]

APPEND_ALWAYS = """
import asyncio, sys
from pathlib import Path
from flightrules.adapters.sqlite.sql import queries
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.errors import Conflict
from flightrules.ports import Write
from tests.adapters.store_contract import draft

async def main(path, name, count):
    store = SqliteStore(Path(path), busy_s=30)
    print("ready", flush=True)
    sys.stdin.readline()
    done = 0
    while done < count:
        own = len(await store.load(name))
        shared = len(await store.load("shared"))
        try:
            await store.append(
                Write("shared", shared, [draft(by=name, n=done)]),
                Write(name, own, [draft(n=done, text="x" * 500), draft(n=done)]),
            )
        except Conflict:
            continue
        done += 1
        print(done, flush=True)
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def start(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """A process that appends until it has succeeded that often, and says so after each time."""
    return subprocess.Popen(
        [sys.executable, "-c", APPEND_ALWAYS, str(path), name, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def begin(*processes: subprocess.Popen[str]) -> None:
    """Let processes go, all at once, when each of them waits."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


SIZE = 4096


class RestingStore(SqliteStore):
    """Says when its thread has rested."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.rested = threading.Event()

    def _rest(self) -> None:
        super()._rest()
        self.rested.set()


async def append_in_turn(store: RestingStore, count: int) -> None:
    """One append after the other, each of more than a page, with a pause behind it."""
    for _ in range(count):
        store.rested.clear()
        await store.append(Write("a", None, [draft(text="x" * SIZE)]))
        assert await asyncio.to_thread(store.rested.wait, 10)


def side_file(path: Path) -> int:
    """Return the size of the write-ahead log in bytes."""
    return path.with_name(f"{path.name}-wal").stat().st_size


async def test_processes_that_open_and_append_at_once_lose_nothing(tmp_path: Path) -> None:
    path, names, count = tmp_path / "incidents.db", ("p1", "p2", "p3", "p4"), 15
    processes = [start(path, name, count) for name in names]
    try:
        begin(*processes)
        assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    store = SqliteStore(path)
    shared = await store.load("shared")
    assert broken(shared) is None
    for name in names:
        own = await store.load(name)
        assert broken(own) is None
        assert len(own) == 2 * count
        assert [event.data["n"] for event in shared if event.data["by"] == name] == list(range(count))
    await store.close()


async def test_after_a_kill_every_acknowledged_append_is_there_and_whole(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "incidents.db", 0
    for round_, lines in enumerate((1, 7, 20)):
        process = start(path, f"p{round_}", 100_000)
        assert process.stdout is not None
        begin(process)
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        # Not `communicate`: it reads past what `readline` has fetched already.
        acknowledged += lines + len(process.stdout.read().split())
        process.communicate(timeout=30)
        store = SqliteStore(path)
        shared = await store.load("shared")
        assert broken(shared) is None
        # One append may have been written and not yet acknowledged when the process died.
        assert acknowledged <= len(shared) <= acknowledged + 1
        acknowledged = len(shared)
        own = await store.load(f"p{round_}")
        assert broken(own) is None
        assert len(own) == 2 * sum(event.data["by"] == f"p{round_}" for event in shared)
        await store.close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_cancelled_caller_leaves_the_append_whole(tmp_path: Path) -> None:
    path = tmp_path / "incidents.db"
    store = SqliteStore(path)
    await store.append(Write("a", 0, [draft()]))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(
            store.append(Write("a", 1, [draft("one"), draft("two")]), Write("b", 0, [draft()]))
        )
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        other.execute("ROLLBACK")
    assert [event.kind for event in await store.load("a")] == ["noted", "one", "two"]
    assert len(await store.load("b")) == 1
    await store.close()


async def test_closing_waits_for_what_was_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "incidents.db"
    store = SqliteStore(path)
    appends = [asyncio.create_task(store.append(Write(f"s{n}", 0, [draft()]))) for n in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert [len(events) for events in await asyncio.gather(*appends)] == [1] * 20
    again = SqliteStore(path)
    assert len(await again.streams()) == 20
    await again.close()


async def test_the_event_loop_runs_on_while_the_file_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "incidents.db"
    store = SqliteStore(path)
    await store.append(Write("a", 0, [draft()]))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(store.append(Write("a", 1, [draft()])))
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not waiting.done()
        other.execute("ROLLBACK")
    assert len(await waiting) == 1
    await store.close()


async def test_settings_that_make_an_append_durable_are_in_force(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "incidents.db", busy_s=1.5)
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "wal_autocheckpoint")
    found = await store._run(lambda database: [database.execute(f"PRAGMA {name}").fetchone()[0] for name in names])
    assert json.dumps(found) == '["wal", 2, 1, 1500, 4000]'
    await store.close()


async def test_the_side_file_is_taken_in_between_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "ROWS", 20)
    path = tmp_path / "incidents.db"
    store = RestingStore(path)
    await append_in_turn(store, 10)
    before = path.stat().st_size
    await append_in_turn(store, 100)
    assert path.stat().st_size - before > 60 * SIZE
    assert side_file(path) < 150 * SIZE  # of the 400 that were written
    assert broken(await store.load("a")) is None
    await store.close()


async def test_where_calls_never_pause_the_side_file_has_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "ROWS", 1_000_000)
    monkeypatch.setattr(connection, "PRAGMAS", (*connection.PRAGMAS, "PRAGMA wal_autocheckpoint = 50"))
    path = tmp_path / "incidents.db"
    store = SqliteStore(path)
    await asyncio.gather(*(store.append(Write("a", None, [draft(text="x" * SIZE)])) for _ in range(200)))
    assert side_file(path) < 100 * SIZE
    assert broken(await store.load("a")) is None
    await store.close()


async def test_a_reader_that_stays_holds_up_no_append_and_the_side_file_shrinks_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "ROWS", 20)
    path = tmp_path / "incidents.db"
    store = RestingStore(path)
    await append_in_turn(store, 10)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        (seen,) = reader.execute("SELECT count(*) FROM events").fetchone()
        await append_in_turn(store, 100)
        assert reader.execute("SELECT count(*) FROM events").fetchone() == (seen,)
        grown = side_file(path)
        assert grown > 80 * SIZE
    await append_in_turn(store, 100)
    assert side_file(path) < grown + 80 * SIZE
    assert len(await store.load("a")) == 210
    await store.close()


async def test_streams_are_listed_without_walking_over_their_events(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "incidents.db")
    await store.append(*(Write(f"s{n}", 0, [draft(), draft()]) for n in range(100)))
    explain = f"EXPLAIN QUERY PLAN {queries()['streams']}"
    plan = await store._run(lambda database: str(database.execute(explain, {"prefix": "s"}).fetchall()))
    assert "events_first" in plan
    assert len(await store.streams("s")) == 100
    await store.close()


async def test_a_call_is_found_by_its_index(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "incidents.db")
    explain = f"EXPLAIN QUERY PLAN {queries()['find_call']}"
    plan = await store._run(lambda database: str(database.execute(explain, {"stream": "a", "call": "c"}).fetchall()))
    assert "events_call (call=? AND stream=?)" in plan
    await store.close()
