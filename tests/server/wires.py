"""Clients spoken by hand to a real server: both protocol eras, over stdio and over HTTP, in any number at once.

A wire sends any message and hands out what comes back; nothing here knows how a client should behave.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from flightrules.adapters.tokens import fresh, hashed
from tests.server.process import META, ROOT, environment

LIMIT_S = 60.0
Era = Literal["handshake", "2026"]
Message = dict[str, Any]
ELICITATION: Message = {"elicitation": {"form": {}}}


@dataclass(eq=False)
class Wire:
    """One client's connection."""

    era: Era
    capabilities: Message = field(default_factory=lambda: dict(ELICITATION))
    waiting: dict[int, asyncio.Future[Message]] = field(default_factory=dict)
    questions: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    """Requests of the server's."""
    notices: list[Message] = field(default_factory=list)
    number: int = 0

    async def send(self, message: Message) -> None:
        """Send one message."""
        raise NotImplementedError

    def took(self, message: Message) -> None:
        """Put a message that came where it belongs."""
        if "method" in message:
            (self.questions.put_nowait if "id" in message else self.notices.append)(message)
        elif (waits := self.waiting.pop(message["id"], None)) is not None and not waits.done():
            waits.set_result(message)

    async def begin(self) -> None:
        """Open a session, in the era that has one."""
        if self.era == "handshake":
            about = {"name": "by-hand", "version": "1"}
            params = {"protocolVersion": "2025-11-25", "capabilities": self.capabilities, "clientInfo": about}
            await self.request("initialize", **params)
            await self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def request(self, method: str, **params: object) -> Message:
        """Send one request and wait for its answer."""
        self.number += 1
        number, loop = self.number, asyncio.get_running_loop()
        self.waiting[number] = loop.create_future()
        if self.era == "2026":
            params["_meta"] = {
                f"{META}/protocolVersion": "2026-07-28",
                f"{META}/clientCapabilities": self.capabilities,
                f"{META}/clientInfo": {"name": "by-hand", "version": "1"},
                "progressToken": number,
            }
        elif method == "tools/call":
            params["_meta"] = {"progressToken": number}
        waits = self.waiting[number]
        await self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        answer = await asyncio.wait_for(waits, LIMIT_S)
        return answer.get("result") or answer

    async def call(self, tool: str, /, *, more: Message | None = None, **arguments: object) -> Message:
        """One tool call; gives its result."""
        return await self.request("tools/call", name=tool, arguments=arguments, **(more or {}))


class StdioWire(Wire):
    """Over a process's pipes."""

    process: asyncio.subprocess.Process

    async def send(self, message: Message) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        await self.process.stdin.drain()

    async def read(self) -> None:
        """Take what comes until the server ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.took(json.loads(line))


class HttpWire(Wire):
    """Over streamable HTTP, a request a message."""

    client: httpx.AsyncClient
    url: str
    session: str = ""
    posts: set[asyncio.Task[None]]

    async def send(self, message: Message) -> None:
        task = asyncio.create_task(self._post(message))
        self.posts.add(task)
        task.add_done_callback(self.posts.discard)
        if "method" not in message:
            await task

    async def _post(self, message: Message) -> None:
        headers = {"Accept": "application/json, text/event-stream"}
        if self.era == "2026":
            headers |= {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": str(message.get("method", ""))}
            headers |= {"Mcp-Name": message["params"]["name"]} if message.get("method") == "tools/call" else {}
        elif self.session:
            headers |= {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": "2025-11-25"}
        async with self.client.stream("POST", self.url, json=message, headers=headers, timeout=LIMIT_S) as answer:
            self.session = answer.headers.get("mcp-session-id", self.session)
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                async for line in answer.aiter_lines():
                    if line.startswith("data:") and line[5:].strip():
                        self.took(json.loads(line[5:]))
            elif body := await answer.aread():
                with suppress(ValueError):
                    self.took(json.loads(body))


@asynccontextmanager
async def _stdio(folder: Path, form_s: float, era: Era) -> AsyncIterator[StdioWire]:
    words = [sys.executable, "-m", "tests.server.scripted_serve", str(form_s), "serve"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env=environment(), stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=2**24
    )
    wire = StdioWire(era)
    wire.process = process
    reading = asyncio.create_task(wire.read())
    try:
        await wire.begin()
        yield wire
    finally:
        reading.cancel()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def _http(folder: Path, form_s: float) -> AsyncIterator[Callable[[Era], Any]]:
    token = fresh()
    settings = folder / "flightrules.toml"
    table = f'[[server.tokens]]\nname = "by-hand"\nsha256 = "{hashed(token)}"\nscopes = ["read", "respond"]\n'
    settings.write_text(f"[server]\ncalls_per_minute = 10000\n{table}{settings.read_text('utf-8')}")
    words = [sys.executable, "-m", "tests.server.scripted_serve", str(form_s), "serve", "--http", "127.0.0.1:0"]
    process = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env=environment(), stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
    )
    assert process.stderr is not None
    url = (await asyncio.wait_for(process.stderr.readline(), LIMIT_S)).decode().split()[-1]

    @asynccontextmanager
    async def connected(era: Era) -> AsyncIterator[HttpWire]:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
            wire = HttpWire(era)
            wire.client, wire.url, wire.posts = client, url, set()
            await wire.begin()
            yield wire
            for task in wire.posts:
                task.cancel()

    try:
        yield connected
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def wires(folder: Path, transport: str, form_s: float) -> AsyncIterator[Callable[[Era], Any]]:
    """Give a function that connects clients to a server.

    Over stdio each client has a process of its own; over HTTP any number share one process.
    """
    assert ROOT.is_dir()
    if transport == "http":
        async with _http(folder, form_s) as connected:
            yield connected
    else:
        yield lambda era: _stdio(folder, form_s, era)


async def gathered(*work: Awaitable[None]) -> None:
    """Do all at once, and fail with the first that failed."""
    await asyncio.gather(*work)
