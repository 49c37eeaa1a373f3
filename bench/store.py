"""Cost of an append of four small events over bare transactions with full sync on the same file, in turns.

The bare transaction with the same rows runs on a thread as well, so that what is left is what the store itself adds.
It has no goal of its own: the whole call has one (call.py).
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.measuring import Outcome, Row
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.ports import Write
from flightrules.state.log import Actor, Draft
from flightrules.state.vocabulary import ActorKind
from tests.state.core import Plain

ROUNDS = 500
EVENTS = 4
BARE, SAME, APPEND = "bare, 1 row", "bare, the same 4 rows, on a thread", "append of 4 events"

SCHEMA = """
CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE rows (stream TEXT, version INTEGER, a TEXT, b TEXT, c TEXT, call TEXT, d TEXT, e TEXT, f TEXT,
    PRIMARY KEY (stream, version));
CREATE INDEX rows_call ON rows (call, stream);
"""


def bench() -> list[Outcome]:
    """Append, and commit the same without the store, over and over."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        taken = asyncio.run(measure(Path(folder) / "incidents.db", ROUNDS))
    ratios = [f"{APPEND} / {name}, median: {median(taken[APPEND]) / median(taken[name]):.2f}" for name in (BARE, SAME)]
    added = 1000 * (median(taken[APPEND]) - median(taken[SAME]))
    return [
        Outcome(
            title="The store: an append of four events",
            rows=[Row(name=name, seconds=seconds) for name, seconds in taken.items()],
            notes=[*ratios, f"The store itself adds {added:.2f} ms at the median."],
        )
    ]


def _drafts() -> list[Draft]:
    actor = Actor(kind=ActorKind.AGENT, name="bench", face="cli")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    said = Plain({"text": "x" * 200})
    return [Draft(kind="noted", at=at, actor=actor, call=f"c-{n}", content=said) for n in range(EVENTS)]


def _rows(turn: int) -> list[Sequence[object]]:
    actor, data, digest = '{"kind":"agent","name":"bench","face":"cli"}', f'{{"text":"{"x" * 200}"}}', "0" * 64
    return [
        ("INC-BENCH1", turn * EVENTS + n, "noted", "2026-01-01T00:00:00Z", actor, f"c-{n}", data, digest, digest)
        for n in range(EVENTS)
    ]


def _bare(connection: sqlite3.Connection, statement: str, rows: list[Sequence[object]]) -> None:
    connection.execute("BEGIN")
    connection.executemany(statement, rows)
    connection.execute("COMMIT")


async def measure(path: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each kind, taken in turns so that the disk's moods meet all of them."""
    store, drafts, thread = SqliteStore(path), _drafts(), ThreadPoolExecutor(max_workers=1)
    await store.streams()
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(SCHEMA)
    one, four = "INSERT INTO bare (text) VALUES (?)", "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    loop = asyncio.get_running_loop()
    taken: dict[str, list[float]] = {BARE: [], SAME: [], APPEND: []}
    for turn in range(rounds):
        rows, start = _rows(turn), perf_counter()
        _bare(connection, one, [("x" * 200,)])
        taken[BARE].append(perf_counter() - start)
        start = perf_counter()
        await loop.run_in_executor(thread, _bare, connection, four, rows)
        taken[SAME].append(perf_counter() - start)
        start = perf_counter()
        await store.append(Write("INC-BENCH1", turn * EVENTS, drafts))
        taken[APPEND].append(perf_counter() - start)
    assert len(await store.load("INC-BENCH1")) == rounds * EVENTS
    connection.close()
    thread.shutdown()
    await store.close()
    return taken
