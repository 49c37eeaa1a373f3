"""Reads the SQL that lies beside it: named queries, and migrations in the order of their names.

Knows: the two file formats. Must not know: what a query is for.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_HEADER = re.compile(r"^-- (\w+): .*\n", re.MULTILINE)


@cache
def queries() -> dict[str, bytes]:
    """Return the statements of queries.sql by name."""
    _, *parts = _HEADER.split((_HERE / "queries.sql").read_text("utf-8"))
    return {name: text.strip().encode() for name, text in zip(parts[::2], parts[1::2], strict=True)}


@cache
def migrations() -> dict[str, bytes]:
    """Return the scripts of migrations/ by name, oldest first."""
    return {path.stem: path.read_bytes() for path in sorted((_HERE / "migrations").glob("*.sql"))}
