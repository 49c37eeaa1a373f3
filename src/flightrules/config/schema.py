"""Finds its way in the JSON Schema of the settings, and says in words what may stand at a place.

Knows: JSON Schema as pydantic writes it. Must not know: any particular setting.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

Schema = dict[str, Any]


class Place(NamedTuple):
    """A place in the settings."""

    path: str
    """In the words of TOML: `targets[0].hosts[0].port`."""
    schema: Schema
    """Schema of what may stand there; empty if anything or nothing may."""


def solid(root: Schema, node: Schema) -> Schema:
    """The schema behind references and optional values."""
    while True:
        options = [option for option in node.get("anyOf", ()) if option.get("type") != "null"]
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
        elif len(options) == 1:
            node = options[0]
        else:
            return node


def locate(root: Schema, steps: Sequence[str | int]) -> Place:
    """The place to which the steps of a pydantic error lead; the tag of a union is a step but no part of the path."""
    path, node = "", root
    for step in steps:
        node = solid(root, node)
        tags = node.get("discriminator", {}).get("mapping", {})
        if step in tags:
            node = {"$ref": tags[step]}
        elif isinstance(step, int):
            path, node = f"{path}[{step}]", node.get("items", {})
        else:
            path, node = join(path, step), node.get("properties", {}).get(step, {})
    return Place(path, solid(root, node))


def join(path: str, key: str) -> str:
    """A key behind a path, quoted where TOML asks for it."""
    word = key if key and key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
    return f"{path}.{word}" if path else word


def allowed(root: Schema, node: Schema) -> str:
    """Describe in words what may stand at a place."""
    node = solid(root, node)
    if choices := values(node):
        return " or ".join(json.dumps(choice) for choice in choices)
    if tags := node.get("discriminator"):
        return f"a table with `{tags['propertyName']}` = " + " or ".join(json.dumps(tag) for tag in tags["mapping"])
    if options := node.get("anyOf"):
        return " or ".join(allowed(root, option) for option in options)
    return _by_type(root, node)


def values(node: Schema) -> list[Any]:
    """The values a place is limited to; none where it is not limited to single values."""
    return [node["const"]] if "const" in node else list(node.get("enum", ()))


def _by_type(root: Schema, node: Schema) -> str:
    kind = node.get("type", "")
    if kind == "array":
        few = "one or more" if node.get("minItems") else "any number"
        return f"a list, {few}, each {allowed(root, node.get('items', {}))}"
    words = {
        "integer": "a whole number" + _range(node),
        "number": "a number" + _range(node),
        "boolean": "true or false",
        "string": _text(node),
        "object": "a table" + _keys(node),
    }
    return words.get(kind, "any value")


def _range(node: Schema) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f", {low} or more"
    return "" if high is None else f", {high} or less"


def _text(node: Schema) -> str:
    if pattern := node.get("pattern"):
        more = f" ({node['description']})" if "description" in node else ""
        return f"text like `{pattern}`{more}"
    return "text, not empty" if node.get("minLength") else "text"


def _keys(node: Schema) -> str:
    keys = ", ".join(node.get("properties", ()))
    return f" of {keys}" if keys else ""
