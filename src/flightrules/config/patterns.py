"""Patterns of the user's own for secrets: whether one may be used at all.

Knows: regular expressions. Must not know: what they are cast on.
Python's engine tries every way to match, and a pattern that repeats a repetition has more ways than there is time. Such
patterns are refused here, each with what to write instead; what still is slow is bounded where it runs
(adapters/own_patterns.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import log10
from re import _parser  # type: ignore[attr-defined]  # the one exact reader of patterns; typeshed does not list it
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field

Tree: TypeAlias = Any
"""A pattern as it was read, or a part of one."""

LONGEST = 200
WITHOUT_END = 1_000
"""So often at most something repeats: a pattern sees no more characters at once."""
MOST_WAYS = 6.0
"""Ten to this many ways to match from one place are the most: two repetitions without an end."""


def _checked(pattern: str) -> str:
    try:
        read = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"no regular expression ({error}). Allowed: one as Python's `re` reads it.") from error
    if re.compile(pattern).match(""):
        raise ValueError("it matches empty text. Allowed: a pattern that needs at least one character.")
    if _ways(read) > MOST_WAYS:
        raise ValueError(
            "it can match in so many ways that one line could take forever. Allowed: at most two repetitions without "
            "an end, none inside another, others bounded: `[a-z0-9]{1,40}`."
        )
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_checked)]
"""A regular expression as Python reads it, without the forms that can take forever."""


def _ways(tree: Tree) -> float:
    """In how many ways a pattern can match from one place, at most; as a power of ten."""
    return sum(_ways_of(str(kind), value) for kind, value in tree)


def _ways_of(kind: str, value: Tree) -> float:
    if kind.endswith("_REPEAT"):
        least, most, body = value
        most = min(int(most), WITHOUT_END)
        return log10(max(most - least, 0) + 1) + most * _ways(body)
    if kind == "BRANCH":
        return log10(len(value[1])) + max(_ways(branch) for branch in value[1])
    return sum(_ways(inner) for inner in _trees(value))


def _trees(value: Tree) -> Iterable[Tree]:
    """The patterns inside a part, wherever its kind keeps them."""
    if isinstance(value, _parser.SubPattern):
        return [value]
    if isinstance(value, tuple | list):
        return [tree for item in value for tree in _trees(item)]
    return []
