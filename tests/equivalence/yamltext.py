"""Writes compose files as people do: block style, with anchors where a project has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Anchored:
    """A mapping that others refer to by its name."""

    name: str
    value: Mapping[str, object]


@dataclass(frozen=True)
class Merged:
    """A mapping that takes an anchored one in and adds to it."""

    name: str
    value: Mapping[str, object]


def dump(value: Mapping[str, object], indent: int = 0) -> str:
    """A mapping as YAML text; what is anchored comes first."""
    ordered = sorted(value.items(), key=lambda item: not isinstance(item[1], Anchored))
    return "".join(f"{' ' * indent}{key}:{_rest(entry, indent)}" for key, entry in ordered)


def _rest(value: object, indent: int) -> str:
    if isinstance(value, Anchored):
        return f" &{value.name}\n{dump(value.value, indent + 2)}"
    if isinstance(value, Merged):
        return f"\n{' ' * (indent + 2)}<<: *{value.name}\n{dump(value.value, indent + 2)}"
    if isinstance(value, Mapping) and value:
        return f"\n{dump(value, indent + 2)}"
    if isinstance(value, list) and value:
        return "\n" + "".join(f"{' ' * (indent + 2)}- {json.dumps(entry)}\n" for entry in value)
    return f" {json.dumps(value)}\n"
