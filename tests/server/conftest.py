"""A client of the real MCP server in memory, in each protocol era, with a person who answers as told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, ElicitResult

from flightrules.server.mcp import build_server
from tests.service.house import House

Answering = Callable[[str], ElicitResult]
"""What the person says to a question."""


def yes(_question: str) -> ElicitResult:
    """A person who approves, and acknowledges what is asked."""
    return ElicitResult(action="accept", content={"approve": True, "acknowledge": True})


def no(_question: str) -> ElicitResult:
    """A person who rejects with a reason."""
    return ElicitResult(action="accept", content={"approve": False, "reason": "not now"})


class Agent:
    """A scripted agent: calls tools and remembers what it was told."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.questions: list[str] = []
        self.progress: list[str] = []

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; gives its structured answer."""
        result = await self.raw(tool, **arguments)
        assert result.structured_content is not None, result.content
        return dict(result.structured_content)

    async def raw(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool; gives the whole result."""

        async def progressed(_done: float, _total: float | None, message: str | None) -> None:
            self.progress.append(message or "")

        result = await self.client.call_tool(tool, arguments, progress_callback=progressed)
        assert isinstance(result, CallToolResult)
        return result


Connect = Callable[..., AbstractAsyncContextManager[Agent]]


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    """The 2026-07-28 protocol, and the handshake era."""
    return str(request.param)


@pytest.fixture
def connect(era: str) -> Connect:
    """Connects an agent to a house; `person=None` is a client that cannot ask anybody."""

    @asynccontextmanager
    async def connected(house: House, person: Answering | None = yes) -> AsyncIterator[Agent]:
        holder: list[Agent] = []

        async def elicited(_context: object, params: Any) -> ElicitResult:
            holder[0].questions.append(params.message)
            assert person is not None
            return person(params.message)

        callback = elicited if person is not None else None
        async with Client(build_server(house.app), mode=era, elicitation_callback=callback) as client:
            agent = Agent(client)
            holder.append(agent)
            yield agent

    return connected
