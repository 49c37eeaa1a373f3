"""Needs of clients over HTTP beside tools: browsers, idle connections, odd ids, streams that broke."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.server.hall import INITIALIZE, Hall, hall
from tests.service.house import build

pytestmark = pytest.mark.anyio

PAGE = "https://inspector.example"
ACCEPT = {"Accept": "application/json, text/event-stream"}


async def asked(found: Hall, **headers: str) -> httpx.Response:
    """Send what a browser asks before a page may call, and return the response."""
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,mcp-session-id"}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.options(found.url, headers=wanted | headers)


async def test_a_browser_lets_a_page_call_that_the_settings_name_and_read_what_it_needs() -> None:
    async with hall(build(), oauth=False, allowed_origins=(PAGE,)) as found:
        told = await asked(found, Origin=PAGE)
        assert told.status_code == 200
        assert told.headers["access-control-allow-origin"] == PAGE
        assert "authorization" in told.headers["access-control-allow-headers"].lower()
        answer = await found.post(found.tokens["both"], Origin=PAGE)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "mcp-session-id" in answer.headers["access-control-expose-headers"].lower()


async def test_a_browser_hears_why_a_page_without_a_token_may_not_call() -> None:
    async with hall(build(), oauth=False, allowed_origins=(PAGE,)) as found:
        answer = await found.post(None, Origin=PAGE)
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("origin", ["https://evil.example", f"{PAGE}.evil.example", "https://evil.example:8443"])
async def test_no_other_page_is_let_in(origin: str) -> None:
    async with hall(build(), oauth=False, allowed_origins=(PAGE, "http://tools.example:*")) as found:
        told, answer = await asked(found, Origin=origin), await found.post(found.tokens["both"], Origin=origin)
    assert "access-control-allow-origin" not in told.headers
    assert "access-control-allow-origin" not in answer.headers
    assert answer.status_code == 403


async def test_an_idle_connection_outlives_the_four_seconds_for_which_node_keeps_one() -> None:
    async with hall(build(), oauth=False) as found:
        port = int(found.url.split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ask = f"GET /none HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        length = 0
        for _ in range(2):
            writer.write(ask)
            assert b"404" in await reader.readline()
            while (line := await reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 6)
        writer.close()


@pytest.mark.parametrize("number", [None, 1.5, True, [1]])
async def test_a_request_with_an_id_that_is_none_is_answered(number: object) -> None:
    body: dict[str, Any] = {**INITIALIZE, "id": number}
    async with hall(build(), oauth=False) as found, httpx.AsyncClient(trust_env=False) as client:
        headers = ACCEPT | {"Authorization": f"Bearer {found.tokens['both']}"}
        answer = await client.post(found.url, json=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32600


async def test_a_client_that_wants_a_stream_taken_up_gets_a_new_one() -> None:
    async with hall(build(), oauth=False) as found, httpx.AsyncClient(trust_env=False) as client:
        headers = ACCEPT | {"Authorization": f"Bearer {found.tokens['both']}"}
        begun = await client.post(found.url, json=INITIALIZE, headers=headers)
        headers |= {"Mcp-Session-Id": begun.headers["mcp-session-id"], "Last-Event-ID": "7"}
        async with client.stream("GET", found.url, headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
