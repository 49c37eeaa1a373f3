from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64decode

import pytest
from mcp import Client

from flightrules.server.front import FlightrulesServer
from flightrules.server.mcp import furnish
from tests.service.house import build

pytestmark = pytest.mark.anyio

HEAVY = ("asyncssh", "httpx", "jinja2", "sqlite_utils", "flightrules.bootstrap", "flightrules.service.incident_service")


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


async def test_what_there_is_is_listed_before_it_is_brought_in_which_a_call_does_once(era: str) -> None:
    house, counting = build(), Counting()
    async with Client(FlightrulesServer(lambda: house.app, counting, guard_stdout=False), mode=era) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} >= {"open_incident", "assess", "rollback"}
        assert len((await client.list_resource_templates()).resource_templates) == 4
        assert (await client.list_resources()).resources == []
        assert (await client.list_prompts()).prompts
        assert counting.times == 0
        for _ in range(2):
            assert not (await client.call_tool("incident_status", {})).is_error
    assert counting.times == 1


async def lists(server: FlightrulesServer) -> list[str]:
    """Everything a server lists, as it goes over the wire."""
    found = (
        *await server.list_tools(),
        *await server.list_prompts(),
        *await server.list_resources(),
        *await server.list_resource_templates(),
    )
    return [item.model_dump_json(by_alias=True, exclude_none=True) for item in found]


async def test_what_is_listed_from_the_file_is_to_the_letter_what_is_brought_in() -> None:
    """Run `python -m docs.generate` where it is not."""
    house = build()
    server = FlightrulesServer(lambda: house.app, furnish, guard_stdout=False)
    before = await lists(server)
    server.furnish()
    assert before == await lists(server)


async def test_a_call_may_be_the_first_request(era: str) -> None:
    house = build()
    async with Client(FlightrulesServer(lambda: house.app, Counting(), guard_stdout=False), mode=era) as client:
        result = await client.call_tool("incident_status", {})
    assert not result.is_error


def test_serving_imports_neither_the_service_nor_heavy_libraries_before_it_is_asked_for_them() -> None:
    program = f"import sys, flightrules.cli.serving; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_the_icon_is_a_small_picture_inside_the_answer_that_runs_and_fetches_nothing(era: str) -> None:
    house = build()
    async with Client(FlightrulesServer(lambda: house.app, furnish, guard_stdout=False), mode=era) as client:
        assert client.server_info is not None
        (icon,) = client.server_info.icons or []
    kind, _, data = icon.src.partition(";base64,")
    assert (kind, icon.mime_type, icon.sizes) == ("data:image/svg+xml", "image/svg+xml", ["any"])
    assert len(icon.src) < 300
    picture = b64decode(data).decode()
    assert re.findall(r"<(\w+)", picture) == ["svg", "path"]
    assert set(re.findall(r" (\w+)=", picture)) == {"xmlns", "viewBox", "d", "fill"}
