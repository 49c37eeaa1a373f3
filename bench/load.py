"""Readers and writers over HTTP, fifty callers, one of whom wants everything: how long the others wait beside it.

Knows: `serve --http` as a process of its own. Must not know: how callers are kept apart.
The hostile caller is a process of its own too (`bench/hostile.py`): it opens sessions and streams as fast as it can.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep

import httpx

from bench.measuring import Goal, Outcome, Row, percentile
from bench.settings import write_settings
from flightrules.adapters.tokens import fresh, hashed

CALLERS, WRITERS = 49, 16
CALLS, PAUSE_S = 6, 1.0
LIMIT, LIMIT_S = 3.0, 60.0
ADDRESS = re.compile(r"MCP on (\S+)\n")
ACCEPT = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
TABLE = '\n[[server.tokens]]\nname = "{name}"\nsha256 = "{digest}"\nscopes = ["read", "respond"]\n'


@dataclass(slots=True)
class Taken:
    """Times and failures that the ordinary callers saw."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0


def bench() -> list[Outcome]:
    """Call for a while without the hostile caller, then with it; each has a server and an incident of its own."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        alone = asyncio.run(measure(Path(folder), nobody))
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        beside = asyncio.run(measure(Path(folder), hostile))
    ratio = percentile(beside.seconds, 99) / percentile(alone.seconds, 99)
    return [
        Outcome(
            title=f"{CALLERS} callers over HTTP, {WRITERS} of them write, beside one that wants everything",
            rows=[
                Row(name="without the hostile one", seconds=alone.seconds),
                Row(name="with it", seconds=beside.seconds),
            ],
            goals=[
                Goal(name="p99 with / without", value=ratio, limit=LIMIT),
                Goal(name="calls that failed", value=alone.failed + beside.failed, limit=0, unit="calls"),
            ],
        )
    ]


async def measure(folder: Path, with_it: Callable[[str, str], AbstractContextManager[None]]) -> Taken:
    """Measure the calls of others beside a hostile caller, or beside none."""
    tokens = [fresh() for _ in range(CALLERS + 1)]
    settings = write_settings(folder)
    tables = (TABLE.format(name=f"caller-{number}", digest=hashed(token)) for number, token in enumerate(tokens))
    settings.write_text(settings.read_text() + "".join(tables))
    with served(settings) as url:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_S, limits=limits) as http:
            callers = [Caller(http, url, token) for token in tokens[:-1]]
            for caller in callers:
                await caller.begin()
            incident = await callers[0].opens()
            with with_it(url, tokens[-1]):
                await asyncio.sleep(PAUSE_S)
                return await calling(callers, incident)


async def calling(callers: list[Caller], incident: str) -> Taken:
    """Let all of them call at a person's pace."""
    taken = Taken()
    await asyncio.gather(*(caller.goes_on(incident, number, taken) for number, caller in enumerate(callers)))
    return taken


class Caller:
    """An agent with a session."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._http, self._url = http, url
        self._headers = ACCEPT | {"Authorization": f"Bearer {token}"}

    async def begin(self) -> None:
        """Open a session."""
        about = {"name": "bench", "version": "1"}
        params: dict[str, object] = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": about}
        answer = await self._post("initialize", params)
        self._headers["Mcp-Session-Id"] = answer.headers["mcp-session-id"]

    async def opens(self) -> str:
        """An incident whose severity is known."""
        opened = await self.call("open_incident", target="shop", title="Everything answers 500")
        incident = opened.text.split("INC-", 1)[1][:6]
        await self.call("assess", incident=f"INC-{incident}")
        await self.call("classify", incident=f"INC-{incident}", impacts=["complete_outage"])
        return f"INC-{incident}"

    async def goes_on(self, incident: str, number: int, taken: Taken) -> None:
        """Call, wait, and call again."""
        await asyncio.sleep(PAUSE_S * number / CALLERS)
        for _ in range(CALLS):
            start = perf_counter()
            try:
                if number < WRITERS:
                    await self.call("classify", incident=incident, impacts=["complete_outage"])
                else:
                    await self.call("incident_status", incident=incident)
            except (httpx.HTTPError, OSError):
                taken.failed += 1
            taken.seconds.append(perf_counter() - start)
            await asyncio.sleep(PAUSE_S)

    async def call(self, tool: str, **arguments: object) -> httpx.Response:
        """One call of a tool."""
        return await self._post("tools/call", {"name": tool, "arguments": arguments})

    async def _post(self, method: str, params: dict[str, object]) -> httpx.Response:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = await self._http.post(self._url, json=message, headers=self._headers)
        return answer.raise_for_status()


@contextmanager
def served(settings: Path) -> Iterator[str]:
    """The server as a process, and its address. Its stderr goes to a file: a pipe that nobody reads would stop it."""
    words = [sys.executable, "-m", "flightrules.cli", "--config", str(settings), "serve", "--http", "127.0.0.1:0"]
    said = settings.with_name("stderr")
    with said.open("w") as stderr, subprocess.Popen(words, stderr=stderr) as process:
        try:
            yield _address(said)
        finally:
            process.kill()


def _address(said: Path) -> str:
    until = perf_counter() + LIMIT_S
    while perf_counter() < until:
        if found := ADDRESS.search(said.read_text()):
            return found[1]
        sleep(0.05)
    raise TimeoutError(said.read_text())


@contextmanager
def nobody(_url: str, _token: str) -> Iterator[None]:
    """No other caller."""
    yield


@contextmanager
def hostile(url: str, token: str) -> Iterator[None]:
    """The hostile caller, as long as it is wanted."""
    words = [sys.executable, "-m", "bench.hostile", url, token]
    with subprocess.Popen(words) as process:
        try:
            yield
        finally:
            process.kill()
