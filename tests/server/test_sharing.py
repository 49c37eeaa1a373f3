"""One caller that wants everything: the others are let in as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from flightrules.server.listening import HttpLimits
from flightrules.server.sharing import Share
from tests.server.hall import INITIALIZE, LIMIT_S, Hall, hall
from tests.service.house import build

pytestmark = pytest.mark.anyio

ACCEPT = {"Accept": "application/json, text/event-stream"}
LITTLE = Share(streams=2, sessions=3, requests=4)


def headers(at: Hall, who: str, session: str = "") -> dict[str, str]:
    """Return the headers that a caller sends with each request."""
    named = {"mcp-session-id": session} if session else {}
    return ACCEPT | {"Authorization": f"Bearer {at.tokens[who]}"} | named


async def session_of(client: httpx.AsyncClient, at: Hall, who: str) -> str:
    """A new session."""
    answer = await client.post(at.url, json=INITIALIZE, headers=headers(at, who))
    assert answer.status_code == 200, answer.text
    return answer.headers["mcp-session-id"]


async def knows(client: httpx.AsyncClient, at: Hall, who: str, session: str) -> int:
    """The status of a ping in a session."""
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    return (await client.post(at.url, json=ping, headers=headers(at, who, session))).status_code


@asynccontextmanager
async def clients() -> AsyncIterator[httpx.AsyncClient]:
    """A client that may hold any number of connections."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_S, limits=limits) as client:
        yield client


async def test_a_session_too_many_ends_the_callers_own_that_was_not_used_longest() -> None:
    async with hall(build(), share=LITTLE) as at, clients() as client:
        other = await session_of(client, at, "both")
        first, second, third = [await session_of(client, at, "reader") for _ in range(3)]
        assert await knows(client, at, "reader", first) == 200
        fourth = await session_of(client, at, "reader")
        assert await knows(client, at, "reader", second) == 404
        assert [await knows(client, at, "reader", one) for one in (first, third, fourth)] == [200, 200, 200]
        assert await knows(client, at, "both", other) == 200


async def test_a_stream_too_many_ends_the_callers_own_that_was_silent_longest() -> None:
    async with hall(build(), share=LITTLE) as at, clients() as client, AsyncExitStack() as stack:
        streams = []
        for _ in range(3):
            session = await session_of(client, at, "reader")
            streams.append(
                await stack.enter_async_context(client.stream("GET", at.url, headers=headers(at, "reader", session)))
            )
        async with asyncio.timeout(LIMIT_S):
            assert [line async for line in streams[0].aiter_lines()] == []
        waiting = [asyncio.ensure_future(anext(stream.aiter_lines(), None)) for stream in streams[1:]]
        done, pending = await asyncio.wait(waiting, timeout=0.2)
        assert (len(done), len(pending)) == (0, 2)
        for one in pending:
            one.cancel()


async def test_opening_streams_counts_as_calls() -> None:
    async with (
        hall(build(), calls_per_minute=5, share=Share(pause_s=0)) as at,
        clients() as client,
        AsyncExitStack() as stack,
    ):
        session = await session_of(client, at, "reader")
        opened = []
        for _ in range(6):
            stream = client.stream("GET", at.url, headers=headers(at, "reader", session))
            opened.append((await stack.enter_async_context(stream)).status_code)
        assert opened[-1] == 429
        assert opened.count(429) == 2


async def test_the_refusal_of_a_call_too_many_is_held_back_and_keeps_nobody_else() -> None:
    async with hall(build(), calls_per_minute=1, share=Share(pause_s=LIMIT_S)) as at, clients() as client:
        await session_of(client, at, "reader")
        refused = asyncio.ensure_future(client.post(at.url, json=INITIALIZE, headers=headers(at, "reader")))
        assert await session_of(client, at, "both")
        assert not refused.done()
        refused.cancel()


async def test_opening_sessions_counts_as_calls() -> None:
    async with hall(build(), calls_per_minute=5, share=Share(pause_s=0)) as at, clients() as client:
        for _ in range(5):
            await session_of(client, at, "reader")
        answer = await client.post(at.url, json=INITIALIZE, headers=headers(at, "reader"))
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert await session_of(client, at, "both")


async def test_more_open_streams_of_one_reader_than_there_are_places_keep_nobody_out() -> None:
    patience = HttpLimits(connections=30)
    async with (
        hall(build(), calls_per_minute=10_000, patience=patience) as at,
        clients() as client,
        AsyncExitStack() as stack,
    ):
        for _ in range(40):
            session = await session_of(client, at, "reader")
            await stack.enter_async_context(client.stream("GET", at.url, headers=headers(at, "reader", session)))
        async with at.agent(at.tokens["both"]) as agent, asyncio.timeout(LIMIT_S):
            answer = await agent.client.call_tool("incident_status", {})
            assert not answer.is_error


async def test_a_request_too_many_at_once_is_refused_with_when_to_come_again() -> None:
    async with hall(build(), share=Share(requests=0)) as at, clients() as client:
        answer = await client.post(at.url, json=INITIALIZE, headers=headers(at, "reader"))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
