"""Plays one incident against the server with the client of fastmcp, and a person who says yes.

Prints one line of JSON: what was answered to each call. It runs in an environment of its own (installing.py):
    python play_fastmcp.py auto|legacy COMMAND
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from fastmcp import Client  # type: ignore[import-not-found]
from fastmcp.client.transports import StdioTransport  # type: ignore[import-not-found]

CALLS = ("assess", "classify", "decide", "rollback", "verify", "write_report")


async def _yes(*_asked: object) -> dict[str, bool]:
    return {"approve": True}


async def _play(mode: str, command: str) -> list[list[str]]:
    seen: list[list[str]] = []
    async with Client(StdioTransport(command, []), mode=mode, elicitation_handler=_yes) as client:

        async def call(name: str, **given: str) -> dict[str, Any]:
            while True:
                answer: dict[str, Any] = (await client.call_tool(name, given)).structured_content
                result = answer.get("result") or {}
                if result.get("state") != "rolling_back":
                    break
            seen.append([name, result.get("state") or result.get("verdict") or answer["phase"]])
            return answer

        opened = await call("open_incident", target="shop", title="Everything answers 500")
        for name in CALLS:
            more = {"root_cause": "v5 broke the health answer"} if name == "write_report" else {}
            await call(name, incident=opened["incident"], **more)
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"seen": asyncio.run(_play(*sys.argv[1:]))}) + "\n")
