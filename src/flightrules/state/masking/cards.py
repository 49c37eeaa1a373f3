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
_NAMED = re.compile(r"(?:\b|_)(?:card|pan|visa|mastercard|amex|cc)(?:\b|_)[^\d\n]{0,24}\Z", re.IGNORECASE)
_FEWEST = 13
_NO_DIGITS = bytes(code for code in range(256) if not chr(code).isdigit() or code >= 128)  # noqa: PLR2004
_SHAPES = (b"xxxx xxxx xxxx x", b"xxxx xxxxxx xxxxx", b"x" * 13)


def cards(text: str, data: bytes) -> list[Span]:
    """Yield the spans of card numbers; digits without gaps count only behind a word that announces a card number."""
    if len(data.translate(None, _NO_DIGITS)) < _FEWEST:
        return []
    marked = data.translate(DIGITS)
    shapes = [shape for shape in _SHAPES if shape in marked]
    return [span for shape in shapes for span in _cards(text, marked, shape)] if shapes else []


def _cards(text: str, marked: bytes, shape: bytes) -> Iterator[Span]:
    at = marked.find(shape)
    while at >= 0:
        found = _IN_GROUPS.match(text, at) or (_WHOLE.match(text, at) if _named(text, at) else None)
        if found and _luhn(found.group()):
            yield found.span()
        at = marked.find(shape, at + 1)


def _named(text: str, at: int) -> bool:
    return _NAMED.search(text[max(0, at - 36) : at]) is not None


def _luhn(number: str) -> bool:
    """Return True if the digits of a card number have the right check digit."""
    digits = [int(c) for c in number if c.isdigit()][::-1]
    return sum(d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(digits)) % 10 == 0
