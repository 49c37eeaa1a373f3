"""A broken release on a real Docker host, rolled back through the real server over stdio, in both protocol eras."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult
from pydantic import JsonValue

from sandbox.production import Production
from tests.realhost.gates import behind_gate

pytestmark = pytest.mark.anyio


class Agent:
    """An agent that calls tools over stdio and looks at structured answers."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.progress: list[str] = []

    async def call(self, tool: str, **arguments: JsonValue) -> dict[str, Any]:
        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            del progress, total
            self.progress.append(message or "")

        result = await self.client.call_tool(tool, arguments, progress_callback=progressed)
        assert isinstance(result, CallToolResult)
        assert result.structured_content is not None, result.content
        return dict(result.structured_content)

    async def rolled_back(self, incident: str) -> dict[str, Any]:
        """Call rollback until it has ended."""
        for _ in range(20):
            answer = await self.call("rollback", incident=incident)
            if answer.get("phase") != "rolling_back":
                return answer
        pytest.fail("the rollback did not end")


@asynccontextmanager
async def serving(production: Production, era: str, asked: list[str], more: str = "") -> AsyncIterator[Agent]:
    """The real server as a subprocess on this production, with a person who approves; `more` are keys of the target."""
    config = production.folder / "flightrules.toml"
    config.write_text(production.toml.replace("[[targets]]\n", f"[[targets]]\n{more}", 1))

    async def person(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        asked.append(params.message)
        return ElicitResult(action="accept", content={"approve": True, "acknowledge": True})

    command = ["-m", "flightrules.cli", "--config", str(config), "serve"]
    server = StdioServerParameters(command=sys.executable, args=command, cwd=str(production.folder))
    async with Client(server, mode=era, elicitation_callback=person) as client:
        yield Agent(client)


@pytest.mark.parametrize(("era", "gated"), [("auto", True), ("legacy", False)], ids=["auto-gated", "legacy"])
async def test_a_broken_release_is_rolled_back_through_mcp_and_proven(
    production: Production, tmp_path: Path, era: str, *, gated: bool
) -> None:
    asked: list[str] = []
    with behind_gate(production, tmp_path / "ssh") if gated else nullcontext(production) as reached:
        await played(reached, era, asked)
    assert len(asked) == 1
    assert production.releases["v4"] in asked[0]


async def played(production: Production, era: str, asked: list[str]) -> None:
    """A whole incident, from detection to the planner."""
    assert production.get("/api/v1/health")[0] == 500
    async with serving(production, era, asked) as agent:
        incident = (await agent.call("open_incident", target="shop", title="The shop answers 500"))["incident"]
        assessed = await agent.call("assess", incident=incident)
        assert assessed["result"]["health"] == "down", assessed
        assert (await agent.call("classify", incident=incident))["severity"] == "P1"
        decided = await agent.call("decide", incident=incident)
        assert decided["result"]["release"]["release"] == production.releases["v4"], decided
        rolled = await agent.rolled_back(incident)
        assert rolled["result"]["state"] == "succeeded", rolled
        assert production.get("/api/v1/health")[0] == 200
        verified = await agent.call("verify", incident=incident)
        assert verified["result"]["verdict"] == "restored", verified
        written = await agent.call("write_report", incident=incident, root_cause="v5 answers 500")
        assert incident in await to_thread.run_sync(Path(written["result"]["path"]).read_text)
        reported = await agent.call("report_to_planner", incident=incident, technical_debt=["x"])
        assert reported["phase"] == "reported", reported
    assert any("up" in line for line in agent.progress), agent.progress
