"""Parts of a text, and the text with these parts masked.

Knows: positions. Must not know: how a secret looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import AnyStr

MASK = "[redacted]"

Span = tuple[int, int]


def masked(text: str, spans: Iterable[Span]) -> str:
    """The text with each of these parts masked; parts that overlap become one."""
    kept: list[str] = []
    end = 0
    for first, last in sorted(spans):
        if first >= end or not kept:
            kept += [text[end:first], MASK]
        end = max(end, last)
    return "".join(kept) + text[end:]


def unmasked(text: str, spans: Iterable[Span]) -> list[Span]:
    """The spans that are not masked already."""
    found = [span for span in spans if span[0] < span[1]]
    if not found or MASK not in text:
        return found
    masks = [match.span() for match in re.finditer(re.escape(MASK), text)]
    return [span for span in found if not any(first <= span[0] and span[1] <= last for first, last in masks)]


def places(text: AnyStr, word: AnyStr) -> Iterator[int]:
    """Each position at which a word begins."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
