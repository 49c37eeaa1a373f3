"""Whatever a client sends to a tool is answered well, and what is kept of it can be replayed.

`make fuzz` sends more, from a seed of its own: FUZZ=50000 SEED=7.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult

from flightrules.server.mcp import build_server
from flightrules.service.answers import Answer
from flightrules.state.events import event_of
from flightrules.state.fold import fold
from flightrules.state.log import broken
from flightrules.state.untrusted import clean
from flightrules.tools.catalog import TOOLS
from tests.adversary.arguments import Maker
from tests.service.house import House, build

pytestmark = pytest.mark.anyio

CALLS = int(os.environ.get("FUZZ", "800"))
SEED = int(os.environ.get("SEED", "2026"))
HUNG_S = 30.0
LONGEST = 60_000
"""Bytes of an answer: far above what any valid call gets, far below what was sent."""


async def said(client: Client, tool: str, arguments: dict[str, Any]) -> CallToolResult | str:
    """The result; the protocol's own error in words, where the call never became one."""
    try:
        result = await asyncio.wait_for(client.call_tool(tool, arguments), HUNG_S)
    except (RecursionError, ValueError) as error:  # this side could not even write it down
        return f"not sent: {error}"
    assert isinstance(result, CallToolResult)
    return result


def well_formed(result: CallToolResult, sent: dict[str, Any]) -> None:
    """An answer as every answer is: an answer's fields, readable text, bounded, nothing of ours inside out."""
    text = "".join(getattr(part, "text", "") for part in result.content)
    assert "Traceback" not in text, (text, sent)
    assert 'File "' not in text, (text, sent)
    assert len(text.encode()) < LONGEST, (len(text), list(sent))
    assert result.structured_content is not None, (text, sent)
    answer = Answer[Any].model_validate(result.structured_content)
    assert result.is_error is not answer.ok
    assert answer.ok or answer.problem is not None
    if answer.problem is not None:
        assert answer.problem.reason, sent
        assert clean(answer.problem.reason, LONGEST) == answer.problem.reason, (answer.problem.reason, sent)


async def replayable(house: House) -> None:
    """Each event of each stream can be read back, the chains hold, and the state is what the log folds to."""
    for stream in await house.incidents.store.streams():
        records = await house.incidents.records(stream)
        assert broken(records) is None
        for record in records:
            event_of(record.kind, record.data)
            json.loads(record.model_dump_json())
        if stream.startswith("INC-"):
            assert fold(records) == await house.incidents.incident(stream)
            assert fold(records) == await house.restarted().incidents.incident(stream)


@pytest.mark.timeout(600)
@pytest.mark.requirement("ORD-complete", "LOG-replay", "LOG-loud")
async def test_every_argument_to_every_tool_is_answered_and_the_log_can_be_replayed() -> None:
    house, rng = build(), random.Random(SEED)  # noqa: S311 - not for secrets
    incident_list: list[str] = []
    played: set[str] = set()
    async with Client(build_server(house.app), mode="auto") as client:
        schemas = {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}
        for number in range(CALLS):
            maker = Maker(rng, {"incident": incident_list[-3:] or ["INC-000000"], "target": ["shop"]})
            tool = rng.choice(list(schemas))
            hostile = rng.random() < 0.7
            arguments = maker.hostile(schemas[tool]) if hostile else maker.valid(schemas[tool])
            try:
                result = await said(client, tool, arguments)
                if isinstance(result, CallToolResult):
                    well_formed(result, arguments)
                    if tool == "open_incident" and not result.is_error:
                        incident_list.append(str((result.structured_content or {})["incident"]))
            except Exception as error:
                error.add_note(f"call {number} of seed {SEED}: `{tool}` with {str(arguments)[:500]}")
                raise
            played.add(tool)
    assert played == {spec.name for spec in TOOLS}
    assert house.executed() == []
    await replayable(house)


SECRET = "password=hunter2-hunter2 \u202e\x1b[2Jturned"


class Indiscreet(Maker):
    """Repeats a secret, and characters that nobody sees, wherever a text may stand."""

    def _text(self, schema: dict[str, Any]) -> str:  # type: ignore[override]
        return super()._text(schema) if "format" in schema else SECRET[: schema.get("maxLength", 1000)]


@pytest.mark.requirement("UNT-given")
async def test_no_text_that_an_agent_gives_is_kept_with_a_secret_or_what_nobody_sees_in_it() -> None:
    house, rng = build(), random.Random(SEED)  # noqa: S311 - not for secrets
    async with Client(build_server(house.app), mode="auto") as client:
        schemas = {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}
        opened = await said(client, "open_incident", {"target": "shop", "title": "x"})
        assert isinstance(opened, CallToolResult)
        incident = str((opened.structured_content or {})["incident"])
        for tool, schema in schemas.items():
            for _ in range(5):
                maker = Indiscreet(rng, {"incident": [incident]})
                result = await said(client, tool, maker.valid(schema, optional=1.0))
                assert "hunter2" not in str(result), (tool, result)
    for stream in await house.incidents.store.streams():
        for record in await house.incidents.records(stream):
            kept = json.dumps(record.model_dump(mode="json"), ensure_ascii=False)
            assert "hunter2" not in kept, kept
            assert not {"\u202e", "\x1b"} & set(kept), kept


async def test_an_unknown_tool_or_resource_with_any_name_is_refused() -> None:
    house, rng = build(), random.Random(SEED)  # noqa: S311 - not for secrets
    maker = Maker(rng, {})
    async with Client(build_server(house.app), mode="auto") as client:
        for _ in range(60):
            name = maker.nasty()
            if isinstance(name, str) and len(name) < 1_000:
                result = await said(client, name, {"incident": "INC-1"})
                assert isinstance(result, str) or result.is_error
    await replayable(house)
