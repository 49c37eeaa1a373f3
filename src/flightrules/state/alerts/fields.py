"""Reading of single fields out of JSON from outside: whatever is missing or of another kind is empty.

Knows: JSON. Must not know: any system that sends alerts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from flightrules.errors import Refused

LONGEST = 4_000
"""Characters that are taken of any one text."""
MOST_ALERTS = 10_000
"""Alerts that one delivery may hold."""
_FRACTION = re.compile(r"(\.\d{6})\d+")


def not_understood(why: str) -> Refused:
    """The refusal of a delivery whose shape is not that of its source."""
    return Refused("not_understood", f"This is not a delivery of this kind: {why}.", "Check `kind` of the source.")


def table(value: object, what: str) -> dict[str, Any]:
    """The value as a JSON object. Raises `Refused` if it is not one."""
    if not isinstance(value, dict):
        raise not_understood(f"{what} is not a JSON object")
    return value


def rows(value: object, what: str) -> list[dict[str, Any]]:
    """The value as a list of JSON objects. Raises `Refused` if it is not one, or too long."""
    if not isinstance(value, list):
        raise not_understood(f"{what} is not a list")
    if len(value) > MOST_ALERTS:
        raise not_understood(f"{what} holds more than {MOST_ALERTS} entries")
    return [table(item, f"an entry of {what}") for item in value]


def found(value: object, path: Sequence[str]) -> object:
    """The value at a path of keys and list positions; None if there is none."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def text(value: object, *path: str) -> str:
    """The text, number or truth value at a path, bounded; empty for anything else."""
    value = found(value, path)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:LONGEST]
    return value[:LONGEST] if isinstance(value, str) else ""


def whole(value: object, *path: str) -> int:
    """The whole number at a path; 0 for anything else."""
    value = found(value, path)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else 0


def labels(value: object) -> tuple[tuple[str, str], ...]:
    """The pairs of an object of texts, in the order of their names."""
    return tuple(sorted(_pairs(value)))


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    for name, item in value.items() if isinstance(value, dict) else ():
        if said := text(item):
            yield str(name)[:LONGEST], said


def moment(value: object, *path: str) -> datetime | None:
    """The time at a path, in UTC; None for anything else, and for the year 1 by which Go means none."""
    said = text(value, *path).strip()
    if not said:
        return None
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", said))
    except ValueError:
        return None
    try:
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        return None
    return at if at.year > 1970 else None  # noqa: PLR2004 - before there were alerts
