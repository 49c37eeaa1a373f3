"""Input schemas in the part of JSON Schema that every client takes: no references, no unions, no empty enum values.

Bounds of length and size are left out too: strict modes reject them, and the server checks every argument itself.
docs/clients.md lists the restriction of each client with its source; tests/tools/test_portable_schemas.py holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flightrules.errors import Defect

_KEPT = ("type", "description", "format", "enum", "default", "items", "properties", "required")
_NO_DEFAULT: tuple[object, ...] = ("", [], False, None)
"""Defaults that say no more than that the argument may be left out."""


def portable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a tool's arguments with references and unions resolved, closed to unknown arguments.

    Raises:
        Defect: an argument is a union of more than one type and null.
    """
    return _plain(schema, schema.get("$defs", {})) | {"additionalProperties": False}


def without_nulls(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with null treated as left out, at any depth.

    Clients in a strict mode must send every argument and send null for those that the model left out.
    """
    return {name: _filled(value) for name, value in arguments.items() if value is not None}


def _filled(value: object) -> object:
    if isinstance(value, Mapping):
        return without_nulls(value)
    return [_filled(item) for item in value] if isinstance(value, list) else value


def _plain(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    resolved = _resolved(schema, defs)
    plain = {word: resolved[word] for word in _KEPT if word in resolved}
    if plain.get("default") in _NO_DEFAULT:
        plain.pop("default", None)
    if "enum" in plain:
        plain["enum"] = [value for value in plain["enum"] if value != ""]
    if "items" in plain:
        plain["items"] = _plain(plain["items"], defs)
    if "properties" in plain:
        plain["properties"] = {name: _plain(part, defs) for name, part in plain["properties"].items()}
    return plain


def _resolved(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """The schema behind references and optional values, with the outer description; inner ones are for developers."""
    if "$ref" in schema:
        inner = {w: v for w, v in defs[schema["$ref"].removeprefix("#/$defs/")].items() if w != "description"}
        return _resolved(inner | {w: v for w, v in schema.items() if w != "$ref"}, defs)
    if "anyOf" in schema:
        parts = [part for part in schema["anyOf"] if part.get("type") != "null"]
        if len(parts) != 1:
            raise Defect(f"an argument is a union, which some clients reject: {schema}")
        return _resolved(parts[0], defs) | {w: v for w, v in schema.items() if w != "anyOf"}
    return dict(schema)
