from __future__ import annotations

import subprocess
import sys

import pytest
from mcp import Client

from flightrules.server.front import FlightrulesServer
from flightrules.server.mcp import furnish
from tests.service.house import build

pytestmark = pytest.mark.anyio

HEAVY = ("asyncssh", "httpx", "jinja2", "sqlite_utils", "flightrules.bootstrap", "flightrules.service.desk")


class Counting:
    """Counts how often tools were brought in."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, server: FlightrulesServer) -> None:
        self.times += 1
        furnish(server)


async def test_a_handshake_is_answered_before_any_tool_is_brought_in(era: str) -> None:
    house, counting = build(), Counting()
    server = FlightrulesServer(lambda: house.app, counting, guard_stdout=False)
    async with Client(server, mode=era) as client:
        assert counting.times == 0
        assert server.greeted.is_set()
        assert client.server_info is not None
        assert client.server_info.name == "flightrules"


async def test_tools_are_brought_in_once_with_the_first_request_that_is_no_handshake(era: str) -> None:
    house, counting = build(), Counting()
    async with Client(FlightrulesServer(lambda: house.app, counting, guard_stdout=False), mode=era) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} >= {"open_incident", "assess", "rollback"}
        assert len((await client.list_resource_templates()).resource_templates) == 3
    assert counting.times == 1


async def test_a_call_may_be_the_first_request(era: str) -> None:
    house = build()
    async with Client(FlightrulesServer(lambda: house.app, Counting(), guard_stdout=False), mode=era) as client:
        result = await client.call_tool("incident_status", {})
    assert not result.is_error


def test_serving_imports_neither_the_service_nor_heavy_libraries_before_it_is_asked_for_them() -> None:
    program = f"import sys, flightrules.cli.serving; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
