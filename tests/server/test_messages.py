"""Traffic over stdio, message by message, with a client in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCRequest, JSONRPCResponse

from flightrules.server.pipes import Lines
from flightrules.server.stdio import Incoming, Outgoing, messages

pytestmark = pytest.mark.anyio


class Client:
    """The other end: what it says, and what it was told."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[bytes] = asyncio.Queue()
        self.told: list[dict[str, Any]] = []
        self.gone = ""
        """Reason that it takes nothing any more."""

    def say(self, *lines: str) -> None:
        for line in lines:
            self._said.put_nowait(line.encode() + b"\n")

    def end(self) -> None:
        self._said.put_nowait(b"")

    async def read(self, most: int) -> bytes:
        del most
        return await self._said.get()

    async def write(self, text: str) -> None:
        if self.gone:
            raise BrokenPipeError(self.gone)
        self.told.append(json.loads(text))


@asynccontextmanager
async def met(client: Client) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    with anyio.fail_after(20):
        async with messages(Lines(client), client) as both:
            yield both


def request(number: int) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "ping"})


async def heard(incoming: Incoming) -> JSONRPCMessage:
    one = await incoming.receive()
    assert isinstance(one, SessionMessage)
    return one.message


async def answer(outgoing: Outgoing, number: int) -> None:
    await outgoing.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=number, result={})))


async def test_what_is_no_message_is_answered_and_what_follows_is_heard() -> None:
    client = Client()
    async with met(client) as (incoming, outgoing), outgoing:
        client.say("no json", '{"id": 5}', "", request(1))
        assert isinstance(await heard(incoming), JSONRPCRequest)
        await answer(outgoing, 1)
        client.end()
    assert [(told["id"], told.get("error", {}).get("code")) for told in client.told] == [
        (None, -32700),
        (5, -32600),
        (1, None),
    ]


async def test_an_answer_of_the_client_that_cannot_be_read_is_an_error_to_who_asked_and_is_not_answered() -> None:
    client = Client()
    async with met(client) as (incoming, outgoing), outgoing:
        client.say('{"jsonrpc": "2.0", "id": 3, "result": "yes"}')
        found = await heard(incoming)
        assert isinstance(found, JSONRPCError)
        assert found.id == 3
        client.end()
    assert client.told == []


async def test_the_end_of_the_input_waits_for_what_was_asked_before_it() -> None:
    client = Client()
    async with met(client) as (incoming, outgoing), outgoing:
        client.say(request(1))
        client.end()
        await heard(incoming)
        await answer(outgoing, 1)
        with pytest.raises(anyio.EndOfStream):
            await incoming.receive()
    assert [told["id"] for told in client.told] == [1]


async def test_the_end_of_the_input_waits_for_nothing_that_was_cancelled() -> None:
    client = Client()
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    async with met(client) as (incoming, outgoing), outgoing:
        client.say(request(1), json.dumps(cancelled))
        client.end()
        with anyio.fail_after(2):
            await heard(incoming)
            await heard(incoming)
            with pytest.raises(anyio.EndOfStream):
                await incoming.receive()


async def test_the_end_of_the_input_waits_for_nothing_that_waits_for_the_client() -> None:
    client = Client()
    async with met(client) as (incoming, outgoing), incoming, outgoing:
        client.say(request(1))
        await heard(incoming)
        await outgoing.send(SessionMessage(JSONRPCRequest(jsonrpc="2.0", id=7, method="elicitation/create")))
        client.end()
        with anyio.fail_after(2), pytest.raises(anyio.EndOfStream):
            await incoming.receive()


async def test_a_client_that_takes_nothing_any_more_ends_the_session_in_the_middle_of_what_it_waits_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Client()
    client.gone = "Broken pipe"
    async with met(client) as (incoming, outgoing), outgoing:
        client.say(request(1))
        await heard(incoming)
        await answer(outgoing, 1)
        await anyio.sleep_forever()
    assert "takes no more answers (Broken pipe)" in caplog.text
