"""Measures what an append of four small events costs over a bare transaction with full sync on the same file.

`python bench/store.py [ROUNDS]` prints minimum, median and maximum of both, taken in turns in one run.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.ports import Write
from flightrules.state.log import Actor, Draft
from flightrules.state.vocabulary import ActorKind

EVENTS = 4
BLOB = "x" * 200
BARE, HOPPED, APPEND = "bare insert", "bare insert on a thread", "append of 4 events"


def _drafts() -> list[Draft]:
    actor = Actor(kind=ActorKind.AGENT, name="bench", face="cli")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [Draft(kind="noted", at=at, actor=actor, call=f"c-{n}", data={"text": BLOB}) for n in range(EVENTS)]


def _bare(connection: sqlite3.Connection) -> float:
    start = perf_counter()
    connection.execute("BEGIN")
    connection.execute("INSERT INTO bare (text) VALUES (?)", (BLOB,))
    connection.execute("COMMIT")
    return perf_counter() - start


async def _bare_on_a_thread(connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> float:
    start = perf_counter()
    await asyncio.get_running_loop().run_in_executor(thread, _bare, connection)
    return perf_counter() - start


async def _append(store: SqliteStore, version: int, drafts: list[Draft]) -> float:
    start = perf_counter()
    await store.append(Write("INC-BENCH1", version, drafts))
    return perf_counter() - start


async def measure(path: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each kind, taken in turns so that the disk's moods meet all of them."""
    store, drafts, thread = SqliteStore(path), _drafts(), ThreadPoolExecutor(max_workers=1)
    await store.streams()
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)")
    taken: dict[str, list[float]] = {BARE: [], HOPPED: [], APPEND: []}
    for turn in range(rounds):
        taken[BARE].append(_bare(connection))
        taken[HOPPED].append(await _bare_on_a_thread(connection, thread))
        taken[APPEND].append(await _append(store, turn * EVENTS, drafts))
    connection.close()
    thread.shutdown()
    await store.close()
    return taken


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        taken = asyncio.run(measure(Path(folder) / "incidents.db", rounds))
    for name, seconds in taken.items():
        low, middle, high = (1000 * value for value in (min(seconds), median(seconds), max(seconds)))
        print(f"{name:24} min {low:7.3f} ms  median {middle:7.3f} ms  max {high:7.3f} ms")
    for name in (BARE, HOPPED):
        print(f"{APPEND} / {name}, at the median: {median(taken[APPEND]) / median(taken[name]):.2f}")


if __name__ == "__main__":
    main()
