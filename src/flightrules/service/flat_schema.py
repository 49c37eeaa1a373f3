"""The JSON Schema of an answer, as it goes over the wire: no references, nothing null, no titles.

Knows: JSON Schema as pydantic writes it. Must not know: any particular answer.
Clients check each answer against it, and following references and alternatives takes most of that time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]
Resolve = Callable[[Schema], Schema]
"""Finds what a schema that is only a reference refers to."""

LEFT_OUT = frozenset({"title", "default", "additionalProperties"})
"""Keys that check nothing, say nothing that the name does not, or would break a client that knows an older schema."""


def flat(node: Schema, resolve: Resolve) -> Schema:
    """The same schema without references; a property that may be left out is never sent as null."""
    node = {name: value for name, value in _solid(node, resolve).items() if name not in LEFT_OUT}
    if "properties" in node:
        needed = node.get("required", ())
        node["properties"] = {
            name: flat(child if name in needed else _never_null(child), resolve)
            for name, child in node["properties"].items()
        }
    if "enum" in node:
        node.pop("type", None)
    if "items" in node:
        node["items"] = flat(node["items"], resolve)
    if "anyOf" in node:
        node["anyOf"] = [flat(option, resolve) for option in node["anyOf"]]
    return node


def _solid(node: Schema, resolve: Resolve) -> Schema:
    """Return what is referred to, with what the reference adds.

    The words of a class are left out: they are for those who read its code.
    """
    if "$ref" not in node:
        return node
    beside = {name: value for name, value in node.items() if name != "$ref"}
    return {name: value for name, value in resolve(node).items() if name != "description"} | beside


def _never_null(node: Schema) -> Schema:
    options = [option for option in node.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else node
