"""Writes the small part of TOML that a target file needs; the standard library only reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping


def dump(table: Mapping[str, object], path: str = "") -> str:
    """A table as TOML text: plain values first, then tables and arrays of tables, each under its full name."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in table.items() if not _is_table(value)]
    parts = ["\n".join(lines)] if lines else []
    for name, value in table.items():
        full = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            parts.append(f"[{full}]\n{dump(value, full)}".rstrip())
        elif _is_table(value) and isinstance(value, list):
            parts += [f"[[{full}]]\n{dump(entry, full)}".rstrip() for entry in value]
    return "\n\n".join(parts) + ("\n" if not path else "")


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value)
    )
