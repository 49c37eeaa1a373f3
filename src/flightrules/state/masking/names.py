"""Names in a text that mean a secret.

Knows: where a name begins and ends. Must not know: what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from flightrules.state.masking.keys import OTHER_STEMS, SPACED, WORDS, Kind, kind_of, stands_alone
from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import places

_NAME = re.compile(r"[\w.$-]{0,64}")
_LONGEST_BEFORE = 48
_SPACED = re.compile(
    r"\b(?:(?:secret )?access|api|private|secret|auth|account|(?:en|de)cryption|signing|master|session|unseal|shared"
    r"|recovery|backup|scratch|verification|one[- ]time|authorization|authentication|login|security|t?otp|2fa|mfa|sms"
    r"|seed|wallet|pairing|activation|license|deploy|service|admin|root|client|webhook|integration|reset|your) \Z",
    re.IGNORECASE,
)


class Name(NamedTuple):
    """A name in a text that means a secret."""

    start: int
    end: int
    text: str
    kind: Kind


def names(text: str, folded: str, shown: WordPlaces) -> Iterator[Name]:
    """Each name that means a secret. `folded` is the text in small letters, of the same length."""
    seen: dict[int, int] = {}
    for at, stem in _hits(text, folded, shown):
        first = at - len(_before(text, at))
        if seen.get(first, -1) >= at:
            continue
        after = _NAME.match(text, at + len(stem))
        last = seen[first] = after.end() if after else at + len(stem)
        name = text[first:last].rstrip(".-")
        if (kind := kind_of(name.replace(" ", "_"))) is not Kind.NONE:
            yield Name(first, first + len(name), name, kind)


def _hits(text: str, folded: str, shown: WordPlaces) -> Iterator[tuple[int, str]]:
    for at, candidates in shown.names:
        for word in candidates:
            if folded.startswith(word, at) and (word not in _ALONE or stands_alone(text, at, word)):
                yield at, word
                break
    if not text.isascii():
        for stem in OTHER_STEMS:
            yield from ((at, stem) for at in places(folded, stem))


_ALONE = frozenset(WORDS)
_SPACED_WORDS = tuple(word[:4] for word in SPACED)


def _before(text: str, at: int) -> str:
    """The part of a name in front of a position."""
    first = at
    least = max(0, at - _LONGEST_BEFORE)
    while first > least and ((c := text[first - 1]).isalnum() or c in "_.-"):
        first -= 1
    if first == at and text[at - 1 : at] == " " and text[at : at + 4].lower().startswith(_SPACED_WORDS):
        spaced = _SPACED.search(text[max(0, at - 20) : at])
        return spaced.group() if spaced else ""
    return text[first:at]
