"""Secrets in base64: what it decodes to is looked at like any text.

Knows: base64. Must not know: what a secret is.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections.abc import Callable, Iterator

from flightrules.state.masking.spans import Span
from flightrules.state.visible import PLAIN

LEAST = 24
_TO_STANDARD = str.maketrans("-_", "+/")
_LONGEST = 65_536


def encoded(text: str, long_runs: list[Span], holds_secret: Callable[[str], bool]) -> Iterator[Span]:
    """Yield the spans of base64 that decodes to a text with a secret."""
    for start, end in long_runs:
        begin = text[start : start + LEAST]
        if not begin.islower() and decoded(begin) and end - start <= _LONGEST:
            inner = decoded(text[start:end])
            if inner and holds_secret(inner):
                yield start, end


def decoded(run: str) -> str:
    """Return the text to which a run decodes; empty if it does not decode to a text."""
    whole = len(run) if len(run) % 4 != 1 else len(run) - 1
    try:
        data = a2b_base64(run[:whole].translate(_TO_STANDARD) + "=" * (-whole % 4))
    except Error:
        return ""
    return data.decode("ascii") if data.isascii() and not data.translate(None, PLAIN) else ""
