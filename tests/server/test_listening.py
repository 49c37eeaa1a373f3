"""Clients that are slow on purpose: none of them keeps another out, and none is waited for without end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from flightrules.server.listening import Patience
from tests.server.hall import LIMIT_S, Hall, hall
from tests.service.house import build

pytestmark = pytest.mark.anyio

SHORT = Patience(arrival_s=0.3)
FEW = Patience(connections=5)
"""With the usual time to arrive: only what makes room is at work."""
HEAD = b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"


class Slow:
    """A connection on which little is said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, words: bytes) -> None:
        """Send some bytes."""
        self._writer.write(words)
        await self._writer.drain()

    async def ended(self) -> bytes:
        """What came until the server closed it; fails where it does not."""
        async with asyncio.timeout(LIMIT_S):
            with suppress(ConnectionError):
                return await self._reader.read()
        return b""

    async def trickles(self, words: bytes) -> int:
        """Send bytes one by one, each well within the time that all may take; how many were taken."""
        for sent, letter in enumerate(words):
            if self._writer.is_closing() or self._reader.at_eof():
                return sent
            try:
                await self.say(bytes([letter]))
            except ConnectionError:
                return sent
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.03):
                    await self._reader.read()
        return len(words)

    async def close(self) -> None:
        """Go away."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def slow(at: Hall) -> AsyncIterator[Slow]:
    """One such connection."""
    there = urlsplit(at.url)
    found = Slow(*await asyncio.open_connection(there.hostname, there.port))
    try:
        yield found
    finally:
        await found.close()


def allowed(at: Hall) -> bytes:
    """The end of the head of a request that may be made."""
    return f"Authorization: Bearer {at.tokens['both']}\r\n\r\n".encode()


@pytest.mark.parametrize("said", [b"", b"P", HEAD])
async def test_a_head_that_does_not_arrive_whole_is_not_waited_for(said: bytes) -> None:
    async with hall(build(), patience=SHORT) as at, slow(at) as client:
        await client.say(said)
        assert await client.ended() == b""
        assert (await at.post(at.tokens["both"])).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{"])
async def test_a_body_that_does_not_arrive_whole_is_not_waited_for(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with hall(build(), patience=SHORT) as at, slow(at) as client, slow(at) as stranger:
        await client.say(HEAD + allowed(at) + body)
        await stranger.say(HEAD + b"\r\n" + body)
        assert await client.ended() == b""
        assert (await stranger.ended()).startswith(b"HTTP/1.1 401")  # told before anything of the body is read
        assert (await at.post(at.tokens["both"])).status_code == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("body", [False, True])
async def test_a_byte_now_and_then_gains_no_time(*, body: bool) -> None:
    async with hall(build(), patience=SHORT) as at, slow(at) as client:
        await client.say(HEAD + allowed(at) if body else b"")
        assert await client.trickles(b"G" * 99) < 99


async def test_the_next_request_on_a_connection_has_its_time_too() -> None:
    async with hall(build(), patience=SHORT) as at, slow(at) as client:
        await client.say(b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET")
        assert (await client.ended()).startswith(b"HTTP/1.1 404")


async def test_an_answer_that_takes_longer_than_a_request_may_is_waited_for() -> None:
    house = build()
    async with hall(house, patience=SHORT) as at, slow(at) as stream:
        start = await at.post(at.tokens["both"])
        assert start.status_code == 200
        head = {
            "Host": urlsplit(at.url).netloc,
            "Authorization": f"Bearer {at.tokens['both']}",
            "Mcp-Session-Id": start.headers["mcp-session-id"],
            "Accept": "text/event-stream",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        await stream.say(f"GET /mcp HTTP/1.1\r\n{lines}\r\n".encode())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3 * SHORT.arrival_s):
                await stream.ended()


async def test_those_who_only_stand_there_make_room_for_those_who_want_something() -> None:
    async with hall(build(), patience=FEW) as at, slow(at) as first, slow(at) as second:
        others = [asyncio.open_connection(urlsplit(at.url).hostname, urlsplit(at.url).port) for _ in range(3)]
        writers = [writer for _, writer in await asyncio.gather(*others)]
        assert (await at.post(at.tokens["both"])).status_code == 200
        assert await first.ended() == b""
        assert (await at.post(at.tokens["both"])).status_code == 200
        assert await second.ended() == b""
        for writer in writers:
            writer.close()


async def test_a_request_larger_than_any_call_is_not_read() -> None:
    async with hall(build()) as at, httpx.AsyncClient(trust_env=False) as client:
        token = {"Authorization": f"Bearer {at.tokens['both']}"}
        large = await client.post(at.url, content=b" " * (Patience().body + 1), headers=token)
        assert large.status_code == 413
