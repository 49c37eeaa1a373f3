"""Clients that are slow on purpose: none of them keeps another out, and none is waited for without end."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from flightrules.server.closed import Closed
from flightrules.server.listening import HttpLimits, configured
from tests.server.hall import LIMIT_S, Hall, Quiet, hall
from tests.service.house import build

pytestmark = pytest.mark.anyio

SHORT = HttpLimits(arrival_s=0.3)
FEW = HttpLimits(connections=5)
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
        """Return what came until the server closed the connection; fail if it does not close it."""
        async with asyncio.timeout(LIMIT_S):
            with suppress(ConnectionError):
                return await self._reader.read()
        return b""

    async def some(self) -> bytes:
        """A part of what came; nothing where the server closed it."""
        return await self._reader.read(65_536)

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
        large = await client.post(at.url, content=b" " * (HttpLimits().body + 1), headers=token)
        assert large.status_code == 413


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that the event loop does by itself."""
    async with asyncio.timeout(LIMIT_S):
        while not holds():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


class Answering:
    """An application that answers with a lot of bytes, at once or in parts, and says when it has."""

    def __init__(self, parts: int, size: int) -> None:
        self.parts, self.size = parts, size
        self.done = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for left in range(self.parts, 0, -1):
            await send({"type": "http.response.body", "body": b"x" * self.size, "more_body": left > 1})
        self.done.set()


class Endless:
    """An application whose answer never comes."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        self.asked.set()
        await asyncio.Event().wait()


@asynccontextmanager
async def answered(app: Answering | Endless, patience: HttpLimits) -> AsyncIterator[tuple[Slow, uvicorn.Server]]:
    """A client that has asked such an application for its answer, and has not read anything of it."""
    with socket.socket() as listening, socket.socket() as asking:
        listening.bind(("127.0.0.1", 0))
        server = Quiet(configured(app, patience, lifespan="off", log_level="error"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            asking.settimeout(0)
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            async with asyncio.timeout(LIMIT_S):
                await until(lambda: server.started)
                await asyncio.get_running_loop().sock_connect(asking, listening.getsockname())
                client = Slow(*await asyncio.open_connection(sock=asking, limit=4096))
                await client.say(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                yield client, server
                await client.close()
        finally:
            server.should_exit = True
            await task


LARGE = 16 * 1_048_576
"""More than two sockets hold for each other."""


@pytest.mark.parametrize("parts", [1, 64])
async def test_who_does_not_read_its_answer_is_not_waited_for_and_the_answer_is_not_kept(
    parts: int, caplog: pytest.LogCaptureFixture
) -> None:
    app = Answering(parts, LARGE // parts)
    async with answered(app, HttpLimits(taking_s=0.3)) as (_, server):
        await app.done.wait()
        await until(lambda: not server.server_state.connections)
    (said,) = [record.message for record in caplog.records if record.name == "flightrules"]
    assert said.startswith("closed the connection of 127.0.0.1 port ")
    assert said.endswith("bytes of its answer were not taken within 0.3 s")


async def test_a_connection_that_is_to_be_closed_is_not_kept_for_an_answer_that_nobody_reads() -> None:
    app = Answering(1, LARGE)
    async with answered(app, HttpLimits(taking_s=0.3)) as (_, server):
        await app.done.wait()
        (connection,) = server.server_state.connections
        connection.transport.close()  # as uvicorn does after a while without a request
        await until(lambda: not server.server_state.connections)


async def test_who_reads_slowly_gets_the_whole_answer() -> None:
    app = Answering(1, LARGE)
    async with answered(app, HttpLimits(taking_s=0.3, taking=1)) as (client, _):
        taken = rests = 0
        while taken < LARGE:
            part = await client.some()
            assert part, "the server closed it"
            taken += len(part)
            if taken > rests * 262_144:
                rests += 1
                await asyncio.sleep(0.02)
    assert rests * 0.02 > 3 * 0.3


async def test_of_many_who_were_closed_the_first_is_named_and_the_others_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed = Closed(silence_s=0.05)
    for port in (1, 2, 3):
        closed.tell(("192.0.2.1", port), "no whole request within 20 s")
    await until(lambda: len(caplog.records) >= 2)
    assert [record.message for record in caplog.records] == [
        "closed the connection of 192.0.2.1 port 1: no whole request within 20 s",
        "closed 2 more connections, the last one of 192.0.2.1 port 3: no whole request within 20 s",
    ]


async def test_a_client_that_leaves_in_the_middle_of_its_request_is_no_error_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hall(build()) as at:
        async with slow(at) as client:
            place = urlsplit(at.url).netloc.encode()
            accepts = b"Accept: application/json, text/event-stream\r\n"
            await client.say(HEAD.replace(b"127.0.0.1", place) + accepts + allowed(at) + b"{")
            assert (await at.post(at.tokens["both"])).status_code == 200
        assert (await at.post(at.tokens["both"])).status_code == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_what_is_no_http_is_told_with_its_sender_whether_or_not_it_was_answered_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hall(build()) as at, slow(at) as first, slow(at) as second:
        await first.say(b"\x00\r\n\r\n")
        assert (await first.ended()).startswith(b"HTTP/1.1 400")
        await second.say(HEAD.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked") + b"\r\n")
        assert (await second.some()).startswith(b"HTTP/1.1 401")
        await second.say(b"no length of a part\r\n")
        await second.ended()
        assert (await at.post(at.tokens["both"])).status_code == 200
    said = [(record.name, record.message) for record in caplog.records if record.levelno >= logging.WARNING]
    assert [name for name, _ in said] == ["flightrules"], said
    assert said[0][1].endswith("what it sent is not HTTP")


async def test_a_call_that_does_not_end_is_ended_with_the_server_and_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = Endless()
    async with answered(app, HttpLimits(ending_s=1)):
        await app.asked.wait()
    told = capsys.readouterr().err
    assert "1 running task" in told
    assert "Traceback" not in told


async def test_a_client_that_was_too_slow_is_named_on_stderr(caplog: pytest.LogCaptureFixture) -> None:
    async with hall(build(), patience=SHORT) as at, slow(at) as client:
        await client.ended()
    assert "127.0.0.1 port" in caplog.text
    assert "no whole request within 0.3 s" in caplog.text
