"""A client of the real MCP server in memory, in each protocol era, with a person who answers as told."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

from flightrules.server.mcp import build_server
from tests.service.house import House


@pytest.fixture(autouse=True)
def hang_ups_are_heard() -> Iterator[None]:
    """Let processes started here hear a hang-up, also if the tests run under nohup, which makes them ignore it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


Answering = Callable[[str], ElicitResult]
"""Function that gives the person's answer to a question."""


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

    async def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool; gives its structured answer."""
        result = await self.raw(tool, **arguments)
        assert result.structured_content is not None, result.content
        return dict(result.structured_content)

    async def raw(self, tool: str, **arguments: object) -> CallToolResult:
        """Call a tool; gives the whole result."""

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            del progress, total
            self.progress.append(message or "")

        result = await self.client.call_tool(tool, arguments, progress_callback=progressed)
        assert isinstance(result, CallToolResult)
        return result


Connect = Callable[..., AbstractAsyncContextManager[Agent]]


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    """The 2026-07-28 protocol, and the handshake era."""
    return str(request.param)


def _connects(era: str) -> Connect:
    @asynccontextmanager
    async def connected(house: House, person: Answering | None = yes) -> AsyncIterator[Agent]:
        holder: list[Agent] = []

        async def elicited(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
            del context
            holder[0].questions.append(params.message)
            assert person is not None
            return person(params.message)

        callback = elicited if person is not None else None
        async with Client(build_server(house.app), mode=era, elicitation_callback=callback) as client:
            agent = Agent(client)
            holder.append(agent)
            yield agent

    return connected


@pytest.fixture
def connect(era: str) -> Connect:
    """Connects an agent to a house; `person=None` is a client that cannot ask anybody."""
    return _connects(era)


@pytest.fixture
def connect_now() -> Connect:
    """The same in the 2026-07-28 protocol only, where the era makes no difference."""
    return _connects("auto")
