"""The input schemas hold to the restrictions of each client's API, each with the place that documents it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, Tool

from flightrules.errors import Defect
from flightrules.server.mcp import build_server
from flightrules.server.schemas import portable, without_nulls
from flightrules.tools.catalog import TOOLS
from tests.service.house import build

pytestmark = pytest.mark.anyio

Schema = dict[str, Any]


@pytest.fixture(scope="module")
async def tools() -> list[Tool]:
    return await build_server(build().app).list_tools()


def parts(schema: Schema, place: str) -> Iterator[tuple[str, Schema]]:
    """The schema and every schema inside it, each with its place."""
    yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from parts(inner, f"{place}.{name}")
    if "items" in schema:
        yield from parts(schema["items"], f"{place}[]")


def arguments(tools: list[Tool]) -> Iterator[tuple[str, Schema]]:
    for tool in tools:
        for place, schema in parts(tool.input_schema, tool.name):
            if place != tool.name and not place.endswith("[]"):
                yield place, schema


def anthropic(place: str, schema: Schema) -> str:
    """`input_schema does not support oneOf, allOf, or anyOf at the top level` (makenotion/notion-mcp-server 341)."""
    return "a union at the top" if "." not in place and {"oneOf", "allOf", "anyOf"} & schema.keys() else ""


def gemini(place: str, schema: Schema) -> str:
    """Enums are of non-empty strings (anomalyco/opencode 46676, google-gemini/gemini-cli 4127); arrays name items."""
    del place
    if any(not isinstance(value, str) or not value for value in schema.get("enum", ())):
        return "an enum value that is not a non-empty string"
    if schema.get("format", "date-time") not in {"date-time", "enum"}:
        return "a format other than date-time"
    return "an array without items" if schema.get("type") == "array" and "type" not in schema.get("items", {}) else ""


def codex(place: str, schema: Schema) -> str:
    """A schema needs one type; unions become text (openai/codex 1975, 13768)."""
    del place
    known = {"boolean", "string", "number", "integer", "array", "object"}
    return "" if schema.get("type") in known else "no single type"


def cursor(place: str, schema: Schema) -> str:
    """Names of server and tool have at most 60 characters together (awslabs/mcp 1283)."""
    del schema
    return "a name that is too long" if len(f"flightrules:{place.split('.', maxsplit=1)[0]}") > 60 else ""


def openai_strict(place: str, schema: Schema) -> str:
    """Applied after its documented conversion: all required and nullable, closed objects, known keywords only."""
    del place
    converted = strict(schema)
    if converted["type"] == "object" and set(converted["required"]) != set(converted["properties"]):
        return "an object with optional members"
    allowed = {"type", "description", "enum", "format", "items", "properties", "required", "additionalProperties"}
    unknown = converted.keys() - allowed
    return f"keywords {sorted(unknown)}" if unknown else ""


def strict(schema: Schema) -> Schema:
    """The conversion that OpenAI documents for optional members: all required, the optional ones nullable."""
    converted = {word: value for word, value in schema.items() if word != "default"}
    if schema.get("type") == "object":
        required = schema.get("required", ())
        members = {
            name: strict(part) if name in required else {**strict(part), "type": [strict(part)["type"], "null"]}
            for name, part in schema.get("properties", {}).items()
        }
        converted |= {"properties": members, "required": list(members), "additionalProperties": False}
    return converted


@pytest.mark.parametrize("restriction", [anthropic, gemini, codex, cursor, openai_strict])
async def test_no_schema_breaks_the_restriction_of_a_client(
    tools: list[Tool], restriction: Callable[[str, Schema], str]
) -> None:
    wrong = {
        place: found
        for tool in tools
        for place, schema in parts(tool.input_schema, tool.name)
        if (found := restriction(place, schema))
    }
    assert not wrong


async def test_schemas_have_no_reference_and_no_union(tools: list[Tool]) -> None:
    text = json.dumps([tool.input_schema for tool in tools])
    assert not re.search(r'"(\$ref|\$defs|anyOf|oneOf|allOf|const)"', text)


async def test_every_argument_has_a_sentence_of_at_most_90_characters(tools: list[Tool]) -> None:
    wrong = [place for place, schema in arguments(tools) if not 5 <= len(schema.get("description", "")) <= 90]
    assert not wrong


@pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec.name)
async def test_the_smallest_call_of_a_tool_has_a_valid_shape(spec: Any) -> None:  # noqa: ANN401 - parametrised
    async with Client(build_server(build().app)) as client:
        result = await client.call_tool(spec.name, json.loads(spec.example))
    assert isinstance(result, CallToolResult)
    problem = (result.structured_content or {}).get("problem", {})
    assert problem.get("code") != "bad_arguments", problem


async def test_a_refusal_of_arguments_shows_the_smallest_valid_call() -> None:
    async with Client(build_server(build().app)) as client:
        for wrong in ({}, {"target": "shop", "title": "x", "misspelt": 1}):
            result = await client.call_tool("open_incident", wrong)
            assert isinstance(result, CallToolResult)
            remedy = (result.structured_content or {})["problem"]["remedy"]
            assert '`open_incident` with {"target": "shop", "title": "The shop answers 500"}' in remedy


async def test_null_counts_as_left_out_in_every_optional_argument(tools: list[Tool]) -> None:
    async with Client(build_server(build().app)) as client:
        for tool in tools:
            given = json.loads(next(spec.example for spec in TOOLS if spec.name == tool.name))
            nulls = dict.fromkeys(tool.input_schema["properties"], None)
            result = await client.call_tool(tool.name, nulls | given)
            assert isinstance(result, CallToolResult)
            problem = (result.structured_content or {}).get("problem", {})
            assert problem.get("code") != "bad_arguments", (tool.name, problem)


def test_nulls_are_taken_out_at_any_depth() -> None:
    given = {"whys": [{"says": "x", "evidence": None}], "steps": None}
    assert without_nulls(given) == {"whys": [{"says": "x"}]}


def test_a_union_of_two_types_is_a_defect() -> None:
    schema = {"type": "object", "properties": {"x": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}}
    with pytest.raises(Defect, match="union"):
        portable(schema)
