"""The face of the tools: complete, portable, and the same as yesterday unless somebody meant to change it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp.server.mcpserver import MCPServer
from mcp_types import Tool

from flightrules.server.mcp import build_server
from flightrules.tools.catalog import TOOLS
from tests.service.house import build

pytestmark = pytest.mark.anyio

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = "FLIGHTRULES_UPDATE_SNAPSHOTS"
CHANGES_PRODUCTION = {"rollback"}
READS_ONLY = {"incident_status"}

PORTABLE = {
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "properties",
    "required",
    "type",
}
"""Keywords of JSON Schema that every client is known to take."""


@pytest.fixture(scope="module")
async def tools() -> dict[str, Tool]:
    """The tools as a client lists them."""
    return {tool.name: tool for tool in await build_server(build().app).list_tools()}


def keywords(schema: object) -> Iterator[str]:
    """Every keyword of a schema, at any depth; names of properties are no keywords."""
    if isinstance(schema, list):
        for item in schema:
            yield from keywords(item)
    if not isinstance(schema, dict):
        return
    for word, inner in schema.items():
        yield word
        if word in ("properties", "$defs"):
            for named in inner.values():
                yield from keywords(named)
        elif word not in ("default", "enum", "required"):
            yield from keywords(inner)


async def test_every_tool_of_the_catalogue_is_listed_once(tools: dict[str, Tool]) -> None:
    assert list(tools) == [spec.name for spec in TOOLS]


async def test_every_tool_says_what_it_is_and_writes_all_four_hints_out(tools: dict[str, Tool]) -> None:
    for tool in tools.values():
        assert re.fullmatch(r"[a-z_]{3,40}", tool.name)
        assert tool.title
        assert tool.description
        assert tool.description.endswith(".")
        hints = tool.annotations
        assert hints is not None
        written = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
        assert all(isinstance(hint, bool) for hint in written), (tool.name, written)
        assert hints.destructive_hint is (tool.name in CHANGES_PRODUCTION), tool.name
        assert hints.read_only_hint is (tool.name in READS_ONLY), tool.name


async def test_input_schemas_are_closed_objects_of_portable_keywords(tools: dict[str, Tool]) -> None:
    for tool in tools.values():
        schema = tool.input_schema
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert set(schema.get("required", ())) <= set(schema["properties"])
        assert set(keywords(schema)) <= PORTABLE, tool.name
        for name, field in schema["properties"].items():
            assert re.fullmatch(r"[a-z_]{1,40}", name)
            assert "type" in field, (tool.name, name)
        assert not {"ctx", "question", "answer"} & set(schema["properties"])


async def test_every_text_an_agent_may_send_is_bounded() -> None:
    """The listed schemas leave bounds out, since strict modes reject them; the server's own types hold them."""

    def texts(schema: object) -> Iterator[dict[str, object]]:
        if isinstance(schema, list):
            for item in schema:
                yield from texts(item)
        if isinstance(schema, dict):
            if schema.get("type") == "string":
                yield schema
            if schema.get("type") == "array":
                assert schema.get("maxItems") or "$ref" in schema["items"], schema
            for inner in schema.values():
                yield from texts(inner)

    for tool in await MCPServer.list_tools(build_server(build().app)):
        for text in texts(tool.input_schema):
            bounded = text.keys() & {"maxLength", "enum", "format", "pattern", "const"}
            assert bounded, (tool.name, text)


async def test_output_schemas_are_objects_that_carry_the_standing(tools: dict[str, Tool]) -> None:
    for tool in tools.values():
        schema = tool.output_schema
        assert schema is not None
        assert schema["type"] == "object"
        assert {"ok", "says", "incident", "phase", "severity", "budgets", "next", "problem", "result"} <= set(
            schema["properties"]
        )


@pytest.mark.parametrize("name", [spec.name for spec in TOOLS])
async def test_the_face_of_a_tool_is_what_was_agreed(tools: dict[str, Tool], name: str) -> None:
    tool = tools[name]
    face = {"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema}
    text = json.dumps(face, indent=1, ensure_ascii=False) + "\n"
    snapshot = SNAPSHOTS / f"{name}.json"
    if os.environ.get(UPDATE) == "1":
        snapshot.write_text(text)
    assert snapshot.read_text() == text, f"the tool changed; if it was meant, run with {UPDATE}=1 and read the diff"


async def test_no_snapshot_is_left_of_a_tool_that_went_away(tools: dict[str, Tool]) -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(tools)
