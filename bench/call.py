"""A call that changes an incident, durable on disk when it is answered, over stdio.

Its floor is what no such server can do without: a trivial call of a bare server of the same SDK over stdio, and one
SQLite commit with full sync on the same file system. All three are taken in turns in one run, by the same client.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from time import perf_counter

from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent

from bench.measuring import Goal, Outcome, Row, percentile
from bench.settings import write_settings

ROUNDS = 2000
WARM_UP = 50
LIMIT = 1.5
BARE, COMMIT, CALL, SUM = (
    "trivial call, bare server",
    "commit with full sync",
    "classify, durable",
    "sum of the first two",
)

Taken = dict[str, list[float]]


def bench() -> list[Outcome]:
    """Call, commit and call again, over and over."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        taken = asyncio.run(measure(Path(folder)))
    # Round by round: the 99th percentile of a sum is less than the sum of two, so this is the stricter floor.
    taken[SUM] = [bare + commit for bare, commit in zip(taken[BARE], taken[COMMIT], strict=True)]
    return [
        Outcome(
            title="A state-changing call over stdio, durable on disk",
            rows=[Row(name=name, seconds=taken[name]) for name in (BARE, COMMIT, SUM, CALL)],
            goals=[
                Goal(name="classify / sum, median", value=median(taken[CALL]) / median(taken[SUM]), limit=LIMIT),
                Goal(
                    name="classify / sum, p99",
                    value=percentile(taken[CALL], 99) / percentile(taken[SUM], 99),
                    limit=LIMIT,
                ),
            ],
        )
    ]


async def measure(folder: Path, rounds: int = ROUNDS) -> Taken:
    """Seconds of each, taken in turns."""
    settings = write_settings(folder)
    ours = StdioServerParameters(
        command=sys.executable, args=["-m", "flightrules.cli", "--config", str(settings), "serve"]
    )
    floor = StdioServerParameters(command=sys.executable, args=[str(Path(__file__).with_name("bare.py"))])
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(Client(floor))
        client = await stack.enter_async_context(Client(ours))
        commit = await asyncio.to_thread(_committing, folder / "bare.db")
        incident = await classified(client)
        taken: Taken = {BARE: [], COMMIT: [], CALL: []}
        for number in range(WARM_UP + rounds):
            if number == WARM_UP:
                taken = {BARE: [], COMMIT: [], CALL: []}
            start = perf_counter()
            await call(bare, "ping", text="x")
            taken[BARE].append(perf_counter() - start)
            start = perf_counter()
            commit()
            taken[COMMIT].append(perf_counter() - start)
            start = perf_counter()
            await call(client, "classify", incident=incident, impacts=["complete_outage"])
            taken[CALL].append(perf_counter() - start)
        return taken


async def classified(client: Client) -> str:
    """An incident in phase classified; its production cannot be reached, which does not stop the protocol."""
    opened = await call(client, "open_incident", target="shop", title="Everything answers 500")
    assert opened.structured_content is not None
    incident = str(opened.structured_content["incident"])
    await call(client, "assess", incident=incident)
    await call(client, "classify", incident=incident, impacts=["complete_outage"])
    return incident


async def call(client: Client, tool: str, **arguments: object) -> CallToolResult:
    """Call a tool; a call that is refused is no measurement."""
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    assert not result.is_error, [item.text for item in result.content if isinstance(item, TextContent)]
    return result


def _committing(path: Path) -> Callable[[], None]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)")
    text = "x" * 200

    def commit() -> None:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO bare (text) VALUES (?)", (text,))
        connection.execute("COMMIT")

    return commit
