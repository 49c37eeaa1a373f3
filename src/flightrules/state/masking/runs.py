"""Long runs of letters and digits in a text, found without a regular expression.

Knows: bytes. Must not know: what a run may be.
"""

from __future__ import annotations

from string import ascii_letters, digits

from flightrules.state.masking.spans import Span


def table(letters: str) -> bytes:
    """A table that makes `x` of these characters and a space of every other."""
    return bytes(ord("x" if chr(code) in letters else " ") for code in range(256))


WORD = table(ascii_letters + digits + "_-")
BASE64 = table(ascii_letters + digits + "+/_-")
DIGITS = table(digits)


def ascii_of(text: str) -> bytes:
    """One byte for each character; what is not ASCII is a question mark."""
    return text.encode("ascii", "replace")


def runs(data: bytes, letters: bytes, least: int) -> list[Span]:
    """Each run of these characters that is at least so long."""
    marked = data.translate(letters)
    wanted = b"x" * least
    found: list[Span] = []
    start = marked.find(wanted)
    while start >= 0:
        end = marked.find(b" ", start + least)
        end = end if end >= 0 else len(marked)
        found.append((start, end))
        start = marked.find(wanted, end)
    return found
