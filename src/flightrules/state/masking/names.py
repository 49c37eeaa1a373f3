"""Names in a text that mean a secret.

Knows: where a name begins and ends. Must not know: what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from flightrules.state.masking.keys import OTHER_STEMS, STEMS, WORDS, Kind, kind_of, stands_alone
from flightrules.state.masking.spans import places

_NAME = re.compile(r"[\w.$-]{0,64}")
_LONGEST_BEFORE = 48
_SPACED = re.compile(
    r"\b(?:api|access|private|secret|auth|account|encryption|signing|master|session|secret access) \Z", re.IGNORECASE
)


class Name(NamedTuple):
    """A name in a text that means a secret."""

    start: int
    end: int
    text: str
    kind: Kind


def names(text: str, folded: str) -> Iterator[Name]:
    """Each name that means a secret. `folded` is the text in small letters, of the same length."""
    seen: dict[int, int] = {}
    kinds: dict[str, Kind] = {}
    for at, stem in _hits(text, folded):
        first = at - len(_before(text, at))
        if seen.get(first, -1) >= at:
            continue
        after = _NAME.match(text, at + len(stem))
        last = seen[first] = after.end() if after else at + len(stem)
        name = text[first:last].rstrip(".-")
        if name not in kinds:
            kinds[name] = kind_of(name.replace(" ", "_"))
        if kinds[name] is not Kind.NONE:
            yield Name(first, first + len(name), name, kinds[name])


def _hits(text: str, folded: str) -> Iterator[tuple[int, str]]:
    for hint, stems in STEMS:
        if hint in folded:
            for stem in stems:
                yield from ((at, stem) for at in places(folded, stem))
    if not text.isascii():
        for stem in OTHER_STEMS:
            yield from ((at, stem) for at in places(folded, stem))
    for word in WORDS:
        if word in folded:
            yield from ((at, word) for at in places(folded, word) if stands_alone(text, at, word))


def _before(text: str, at: int) -> str:
    """The part of a name in front of a position."""
    first = at
    least = max(0, at - _LONGEST_BEFORE)
    while first > least and ((c := text[first - 1]).isalnum() or c in "_.-"):
        first -= 1
    if first == at and text.startswith(("key", "Key", "KEY"), at) and at:
        spaced = _SPACED.search(text[max(0, at - 20) : at])
        return spaced.group() if spaced else ""
    return text[first:at]
