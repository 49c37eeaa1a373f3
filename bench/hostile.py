"""`python -m bench.hostile URL TOKEN`: a caller that opens sessions and streams as fast as it can."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, suppress

import httpx

WORKERS = 8
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
}


async def attack(url: str, token: str) -> None:
    """Open, and never close."""
    headers = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with AsyncExitStack() as kept, httpx.AsyncClient(trust_env=False, timeout=None, limits=limits) as http:  # noqa: S113 - it waits without end
        await asyncio.gather(*(_open(http, url, headers, kept) for _ in range(WORKERS)))


async def _open(http: httpx.AsyncClient, url: str, headers: dict[str, str], kept: AsyncExitStack) -> None:
    session = ""
    while True:
        with suppress(httpx.HTTPError):
            answer = await http.post(url, json=INITIALIZE, headers=headers)
            session = answer.headers.get("mcp-session-id", session)
            own = headers | {"Mcp-Session-Id": session}
            await kept.enter_async_context(http.stream("GET", url, headers=own))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(attack(*sys.argv[1:3]))
