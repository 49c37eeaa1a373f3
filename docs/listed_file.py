# ruff: noqa: INP001 - docs/ is no package
"""src/flightrules/server/listed.json: what the server lists, as the SDK's server lists it once all is brought in.

Knows: the lists a client may ask for. Must not know: what stands in them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from pydantic import BaseModel

from flightrules.server.mcp import build_server
from tests.service.house import build


def listed() -> str:
    """The file."""
    return asyncio.run(_listed())


async def _listed() -> str:
    server = build_server(build().app)
    lists: dict[str, Sequence[BaseModel]] = {
        "tools": await server.list_tools(),
        "prompts": await server.list_prompts(),
        "resources": await server.list_resources(),
        "resource_templates": await server.list_resource_templates(),
    }
    return json.dumps({name: _plain(items) for name, items in lists.items()}, ensure_ascii=False, indent=1) + "\n"


def _plain(items: Sequence[BaseModel]) -> list[object]:
    return [item.model_dump(mode="json", by_alias=True, exclude_none=True) for item in items]
