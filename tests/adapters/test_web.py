"""The checks from outside, against a server in this process that answers what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from flightrules.adapters.web import Web
from flightrules.ports import Wanted
from flightrules.state.evidence import Finding, Http
from flightrules.state.target import Check, ComposeRuntime, Host, Target
from sandbox.ssh import free_port

pytestmark = pytest.mark.anyio

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answers each path with what a test says."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []

    def say(self, path: str, body: str = "ok", *, status: int = 200, headers: str = "") -> None:
        """Answer a path with a body."""
        data = body.encode()
        head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
        self.raw(path, head.encode() + data)

    def raw(self, path: str, data: bytes) -> None:
        """Answer a path with these bytes and close."""

        async def answer(writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            await writer.drain()

        self.answers[path] = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, path, _ = request.split(" ", 2)
            self.asked.append(f"{method} {path}")
            await self.answers[path](writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    answering = Server()
    async with await asyncio.start_server(answering.serve, "127.0.0.1", 0) as listening:
        answering.port = listening.sockets[0].getsockname()[1]
        yield answering


def target(url: str, *checks: dict[str, Any], **changed: object) -> Target:
    host = Host(name="shop-1", address="h", user="root", key="k", host_key="ssh-ed25519 AAAA")
    runtime = ComposeRuntime(project="shop")
    made = [Check.model_validate({"name": "it", "path": "/it"} | check) for check in checks]
    fields = {"name": "shop", "hosts": (host,), "app_dir": "/srv", "runtime": runtime, "health_url": url}
    return Target.model_validate(fields | {"checks": made} | changed)


async def ask(made: Target, *, limit_s: float = 5.0) -> dict[str, Finding]:
    web = Web(made)
    found = await web.collect(Wanted(limit_s=limit_s))
    await web.close()
    return {finding.probe: finding for finding in found}


async def health(server: Server, **changed: object) -> Http:
    found = await ask(target(f"http://127.0.0.1:{server.port}/health", **changed))
    return seen(found["health"])


async def checked(server: Server, **check: object) -> Http:
    server.say("/health")
    found = await ask(target(f"http://127.0.0.1:{server.port}/health", check))
    return seen(found["check:it"])


def seen(finding: Finding) -> Http:
    assert isinstance(finding.data, Http), finding.why
    return finding.data


async def test_a_good_answer_is_ok(server: Server) -> None:
    server.say("/health", "fine")
    answer = await health(server)
    assert (answer.ok, answer.status, answer.body, answer.failed, answer.check) == (True, 200, "fine", (), "health")


@pytest.mark.parametrize("status", [301, 302, 404, 500, 503])
async def test_any_other_status_is_a_failure_and_no_redirect_is_followed(server: Server, status: int) -> None:
    server.say("/health", status=status, headers="Location: /elsewhere\r\n")
    answer = await health(server)
    assert (answer.ok, answer.status, server.asked) == (False, status, ["GET /health"])
    assert answer.failed == (f"The status is {status}, not 200.",)


async def test_the_release_is_read_out_of_the_health_answer(server: Server) -> None:
    server.say("/health", '{"build": {"sha": "abc"}}')
    assert (await health(server, release_pointer="/build/sha")).release == "abc"


@pytest.mark.parametrize(
    "body", ["no json", '{"build": {"sha": 7}}', "[]", '{"build": {"sha": "\\u0007"}}', "[" * 100_000]
)
async def test_a_release_that_is_not_told_is_none(server: Server, body: str) -> None:
    server.say("/health", body)
    answer = await health(server, release_pointer="/build/sha")
    assert (answer.ok, answer.release) == (True, None)


async def test_a_check_wants_its_status_text_and_value(server: Server) -> None:
    server.say("/it", '{"items": [{"n": 3}], "name": "Ada"}', status=201)
    wanted = {"status": 201, "contains": "Ada", "json": {"pointer": "/items/0/n", "equals": 3}}
    assert (await checked(server, **wanted)).ok


async def test_each_thing_that_is_not_as_wanted_is_one_sentence(server: Server) -> None:
    server.say("/it", '{"n": "\\u001b[31m"}', status=500)
    answer = await checked(server, contains="Ada", json={"pointer": "/n", "equals": True})
    assert answer.failed == (
        "The status is 500, not 200.",
        "The body does not contain 'Ada'.",
        '/n is "\\u001b[31m", not true.',
    )


@pytest.mark.parametrize(
    ("body", "why"), [("{}", "The body has no /n."), ("<html>", "The body is not JSON."), ("", "The body is not JSON.")]
)
async def test_a_value_that_is_not_there_is_a_failure(server: Server, body: str, why: str) -> None:
    server.say("/it", body)
    assert (await checked(server, json={"pointer": "/n", "equals": 1})).failed == (why,)


async def test_a_check_uses_its_method_on_the_origin_of_the_health_address(server: Server) -> None:
    server.say("/it?a=1", status=204)
    assert (await checked(server, path="/it?a=1", method="POST", status=204)).ok
    assert "POST /it?a=1" in server.asked


async def test_a_slow_answer_works_and_is_slow(server: Server) -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server.answers["/it"] = late
    answer = await checked(server, latency_ms=50)
    assert (answer.ok, answer.slow) == (True, True)
    assert answer.latency_ms >= 100


async def test_no_answer_in_time_is_a_service_that_does_not_answer(server: Server) -> None:
    async def never(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3)

    server.answers["/health"] = never
    found = await ask(target(f"http://127.0.0.1:{server.port}/health"), limit_s=0.2)
    answer = seen(found["health"])
    assert (answer.ok, answer.status) == (False, None)
    assert answer.failed == ("The service does not answer: no answer within 0.2 s.",)


async def test_a_refused_connection_is_a_service_that_does_not_answer() -> None:
    found = await ask(target(f"http://127.0.0.1:{free_port()}/health"))
    answer = seen(found["health"])
    assert (answer.ok, answer.failed) == (False, ("The service does not answer: connection refused.",))


@pytest.mark.parametrize("said", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"])
async def test_an_answer_that_breaks_off_is_a_service_that_does_not_answer(server: Server, said: bytes) -> None:
    server.raw("/health", said)
    answer = await health(server)
    assert not answer.ok
    assert answer.failed[0].startswith("The service does not answer")


async def test_a_name_that_does_not_resolve_is_unreadable() -> None:
    found = await ask(target("http://no-such-name.invalid/health"))
    assert not found["health"].readable
    assert "cannot be resolved" in found["health"].why


async def test_an_https_address_without_tls_behind_it_fails(server: Server) -> None:
    server.say("/health")
    found = await ask(target(f"https://127.0.0.1:{server.port}/health"), limit_s=0.2)
    assert not seen(found["health"]).ok


async def test_a_body_without_end_is_bounded(server: Server) -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    server.answers["/health"] = flood
    answer = await health(server)
    assert answer.ok
    assert len(answer.body.encode()) <= 2_000


async def test_an_answer_that_only_drips_does_not_last_for_ever(server: Server) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers["/health"] = drip
    found = await ask(target(f"http://127.0.0.1:{server.port}/health"), limit_s=0.2)
    assert not seen(found["health"]).ok


async def test_a_body_cannot_steer_a_terminal(server: Server) -> None:
    server.say("/health", "a\x1b[2Jb\u202ec")
    assert (await health(server)).body == "abc"


async def test_proxies_of_the_environment_have_no_say(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    server.say("/health")
    assert (await health(server)).ok


async def test_checks_are_made_at_once(server: Server) -> None:
    waiting = 0
    together = asyncio.Event()

    async def meet(writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == 2:
            together.set()
        await together.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server.answers |= {"/health": meet, "/it": meet}
    found = await ask(target(f"http://127.0.0.1:{server.port}/health", {}))
    assert all(seen(finding).ok for finding in found.values())
