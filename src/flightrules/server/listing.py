"""Lists of what the server offers, from a file until that is imported: most sessions ask right after the handshake.

Knows: the SDK. Must not know: tools, prompts and resources; all take long to import.
Whatever is called is brought in first, so the file answers no call and checks no answer.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp_types import Prompt, Resource, ResourceTemplate, Tool
from pydantic import BaseModel

from flightrules.server.schemas import portable

LISTS = frozenset({"tools/list", "prompts/list", "resources/list", "resources/templates/list"})
"""Requests that are answered from the file."""

FILE = Path(__file__).with_name("listed.json")
"""Written by `python -m docs.generate`; a test holds it to what is brought in."""

Kept = TypeVar("Kept")
Item = TypeVar("Item", bound=BaseModel)


class ListingServer(MCPServer[Kept]):
    """The SDK's server, which knows what it will list before it has it."""

    brought_in = False
    """True if tools, prompts and resources are imported."""

    async def list_tools(self) -> list[Tool]:
        """The tools, each closed to arguments it does not have."""
        if not self.brought_in:
            return _listed("tools", Tool)
        tools = await super().list_tools()
        return [tool.model_copy(update={"input_schema": portable(tool.input_schema)}) for tool in tools]

    async def list_prompts(self) -> list[Prompt]:
        """The prompts."""
        return await super().list_prompts() if self.brought_in else _listed("prompts", Prompt)

    async def list_resources(self) -> list[Resource]:
        """The resources that have an address of their own."""
        return await super().list_resources() if self.brought_in else _listed("resources", Resource)

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """The resources that belong to an incident."""
        if not self.brought_in:
            return _listed("resource_templates", ResourceTemplate)
        return await super().list_resource_templates()


def _listed(name: str, kind: type[Item]) -> list[Item]:
    return [kind.model_validate(item) for item in _file()[name]]


@cache
def _file() -> dict[str, list[dict[str, Any]]]:
    lists: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text("utf-8"))
    return lists
