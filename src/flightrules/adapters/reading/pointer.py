"""Values inside a JSON document, and whether two of them are the same.

Knows: RFC 6901. Must not know: whose document.
"""

from __future__ import annotations

import re

from pydantic import JsonValue


class NotThere(LookupError):
    """The pointer names nothing in the document."""


def resolve(document: JsonValue, pointer: str) -> JsonValue:
    """The value a pointer names. Raises `NotThere`."""
    value = document
    for token in pointer.split("/")[1:]:
        value = _inside(value, token.replace("~1", "/").replace("~0", "~"))
    return value


def _inside(value: JsonValue, token: str) -> JsonValue:
    if isinstance(value, dict) and token in value:
        return value[token]
    if isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", token) and int(token) < len(value):
        return value[int(token)]
    raise NotThere(token)


def same(one: JsonValue, other: JsonValue) -> bool:
    """Return True if two JSON values are equal: 1 and 1.0 are, true and 1 are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
