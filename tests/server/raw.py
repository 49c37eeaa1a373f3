"""The 2026-07-28 protocol spoken by hand over HTTP, for what no well-behaved client sends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from flightrules.adapters.tokens import fresh, hashed
from flightrules.cli.admitting import ListenAddress, doors
from flightrules.config.access import TokenTable
from flightrules.config.settings import ServerSettings
from flightrules.server.mcp import build_server
from flightrules.state.caller import Scope
from tests.service.house import House

VERSION = "2026-07-28"
BASE = "http://127.0.0.1:8000"
META = "io.modelcontextprotocol"
FORM: dict[str, Any] = {"elicitation": {"form": {}}}
"""The capability of a client that can put a form before a person."""


class Raw:
    """Sends requests as they are written."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def call(
        self, tool: str, arguments: dict[str, Any], *, capabilities: dict[str, Any] | None = None, **more: object
    ) -> dict[str, Any]:
        """One tools/call; gives the result, or the error under `error`."""
        meta = {
            f"{META}/protocolVersion": VERSION,
            f"{META}/clientCapabilities": capabilities or {},
            f"{META}/clientInfo": {"name": "raw", "version": "1"},
        }
        params = {"name": tool, "arguments": arguments, "_meta": meta, **more}
        headers = {
            "MCP-Protocol-Version": VERSION,
            "Mcp-Method": "tools/call",
            "Mcp-Name": tool,
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        # In ASCII, so that it may hold whatever JSON has escapes for.
        whole = json.dumps(body).encode()
        answer = dict((await self.client.post("/mcp", headers=headers, content=whole)).json())
        return dict(answer["result"]) if "result" in answer else answer

    async def decided(self) -> str:
        """An incident that waits for its rollback."""
        opened = await self.call("open_incident", {"target": "shop", "title": "Everything answers 500"})
        incident = str(opened["structuredContent"]["incident"])
        for tool in ("assess", "classify", "decide"):
            await self.call(tool, {"incident": incident})
        return incident


@asynccontextmanager
async def raw(house: House, *, keys: Sequence[bytes] = ()) -> AsyncIterator[Raw]:
    """The server over HTTP, without a socket, and a client with a token: a yes counts from a known caller alone."""
    token = fresh()
    table = TokenTable(name="raw", sha256=hashed(token), scopes=tuple(Scope))
    admission = doors(
        ServerSettings(tokens=(table,), calls_per_minute=10_000), ListenAddress("127.0.0.1", 8000)
    ).admission
    app = build_server(house.app, request_state_keys=keys, admission=admission).streamable_http_app()
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        shown = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=shown) as client:
            yield Raw(client)
