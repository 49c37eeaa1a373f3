"""Numbers of payment cards.

Knows: how cards are numbered. Must not know: anything of text around them but a word that names a card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.runs import DIGITS
from flightrules.state.masking.spans import Span

_IN_GROUPS = re.compile(
    r"(?<![\d.-])(?:[3-6]\d{3}(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{1,4}(?:(?P=gap)\d{1,3})?"
    r"|3[47]\d\d([ -])\d{6}\2\d{5})(?![\d.-])"
)
_WHOLE = re.compile(r"(?<!\d)[3-6]\d{12,18}(?!\d)")
_NAMED = re.compile(r"\b(?:card|pan|visa|mastercard|amex|cc)\b[^\d\n]{0,24}\Z", re.IGNORECASE)
FOUR_DIGITS = b"xxxx"
"""What each of the shapes has in it."""
_SHAPES = (b"xxxx xxxx xxxx x", b"xxxx xxxxxx xxxxx", b"x" * 13)


def cards(text: str, data: bytes) -> Iterator[Span]:
    """Where card numbers stand; digits without gaps are one only behind a word that says so."""
    marked = data.translate(DIGITS)
    for shape in _SHAPES:
        at = marked.find(shape)
        while at >= 0:
            found = _IN_GROUPS.match(text, at) or (_WHOLE.match(text, at) if _named(text, at) else None)
            if found and _luhn(found.group()):
                yield found.span()
            at = marked.find(shape, at + 1)


def _named(text: str, at: int) -> bool:
    return _NAMED.search(text[max(0, at - 36) : at]) is not None


def _luhn(number: str) -> bool:
    """Whether the digits of a card number have the right check digit."""
    digits = [int(c) for c in number if c.isdigit()][::-1]
    return sum(d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(digits)) % 10 == 0
