"""Size of what an agent must read: the tools before it starts, and every answer of a whole P1 incident.

Knows: bytes as they are sent. Must not know: time; the same numbers are tests (tests/test_sizes.py).
The incident goes the long way: the client cannot ask its user, who approves on the command line instead.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from mcp import Client
from mcp_types import CallToolResult, TextContent

from bench.measuring import Goal, Outcome, table
from flightrules.server.mcp import build_server
from flightrules.service.approval.typed import approve
from flightrules.service.invocation import Call
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind
from tests.service.house import House, build

TOOLS_LIMIT = 16_000
CALLS_LIMIT = 12
ANSWERS_LIMIT = 48_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of everything an agent reads."""

    tools: dict[str, int]
    """Name, description and input schema of each tool."""
    answers: list[tuple[str, int]] = field(default_factory=list)
    """Text and structured content of each answer, in the order of the calls."""


def bench() -> list[Outcome]:
    """Count bytes."""
    sizes = asyncio.run(measure())
    return [
        Outcome(
            title="What an agent must read",
            goals=[
                Goal(
                    name="names, descriptions, input schemas",
                    value=sum(sizes.tools.values()),
                    limit=TOOLS_LIMIT,
                    unit="bytes",
                ),
                Goal(name="calls of a whole P1 incident", value=len(sizes.answers), limit=CALLS_LIMIT, unit="calls"),
                Goal(
                    name="answers of a whole P1 incident",
                    value=sum(size for _, size in sizes.answers),
                    limit=ANSWERS_LIMIT,
                    unit="bytes",
                ),
            ],
            notes=["\n".join(_listed("tool", sizes.tools.items())), "\n".join(_listed("call", sizes.answers))],
        )
    ]


def _listed(what: str, sizes: Iterable[tuple[str, int]]) -> Iterable[str]:
    return table((what, "bytes"), [(name, str(size)) for name, size in sizes])


async def measure() -> Sizes:
    """Take an agent through a P1 incident on a production in memory."""
    house = build()
    async with Client(build_server(house.app)) as client:
        listed = [tool.model_dump(mode="json", by_alias=True) for tool in (await client.list_tools()).tools]
        sizes = Sizes({str(tool["name"]): _bytes({key: tool[key] for key in READ}) for tool in listed})
        await _incident(house, client, sizes)
    return sizes


READ = ("name", "description", "inputSchema")
"""Fields of a tool's entry that a model is given to read."""


async def _incident(house: House, client: Client, sizes: Sizes) -> None:
    opened = await _call(client, sizes, "open_incident", target="shop", title="Everything answers 500")
    incident = str(opened["incident"])
    await _call(client, sizes, "assess", incident=incident)
    await _call(client, sizes, "classify", incident=incident, impacts=["complete_outage"])
    await _call(client, sizes, "decide", incident=incident)
    await _call(client, sizes, "rollback", incident=incident)
    await _approve(house, incident)
    await _call(client, sizes, "rollback", incident=incident)
    await _call(client, sizes, "verify", incident=incident)
    cause = "The release reads a setting that production does not have; every request fails before it is routed."
    await _call(client, sizes, "write_report", incident=incident, root_cause=cause, improve=["A canary release"])
    await _call(client, sizes, "report_to_planner", incident=incident, technical_debt=["No canary"])
    ended = await _call(client, sizes, "incident_status", incident=incident)
    assert ended["phase"] == "reported", ended


async def _approve(house: House, incident: str) -> None:
    plan = (await house.incidents.incident(incident)).plan
    assert plan is not None
    person = Actor(kind=ActorKind.PERSON, name="ada", face="cli")
    call = Call(tool="approve", arguments={}, actor=person, incident=incident)
    answer = await approve(
        house.incidents, call, approver="ada", digest=plan.short, acknowledged=bool(plan.acknowledge)
    )
    assert answer.ok, answer.says


async def _call(client: Client, sizes: Sizes, tool: str, **arguments: object) -> dict[str, object]:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    texts = [item.text for item in result.content if isinstance(item, TextContent)]
    sizes.answers.append((tool, len("".join(texts).encode()) + _bytes(result.structured_content)))
    return dict(result.structured_content)


def _bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
