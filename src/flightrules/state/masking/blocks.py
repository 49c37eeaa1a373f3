"""Private keys that go over many lines, in logs too, whose lines begin with a time or are records of their own.

Knows: PEM, OpenPGP, SSH2 and PuTTY. Must not know: which program wrote the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import Span

_BEGIN = re.compile(
    r"-{4,5} ?BEGIN [A-Z0-9 ]{0,60}(?:PRIVATE KEY(?: BLOCK)?|STATIC KEY V1|NKEY SEED) ?-{4,5}|Private-Lines: \d+",
    re.IGNORECASE,
)
_END = re.compile(
    r"-{4,5} ?END [A-Z0-9 ]{0,60}(?:PRIVATE KEY(?: BLOCK)?|STATIC KEY V1|NKEY SEED) ?-{4,6}|Private-MAC:", re.IGNORECASE
)
_PUBLIC = re.compile(
    r"-----BEGIN (?:[A-Z0-9 ]{0,40} )?(?:CERTIFICATE(?: REQUEST)?|PUBLIC KEY(?: BLOCK)?|SIGNATURE|MESSAGE)"
    r"-----[^-]{0,40000}"
)
"""Blocks that anybody may read: they are made of the same lines as secret ones."""
_PIECE = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}|=[A-Za-z0-9+/]{4}(?![\w=])")
_WHOLE = re.compile(r"\s*[A-Za-z0-9+/]+={0,2}\s*")
_LAST_PIECE = re.compile(r"[A-Za-z0-9+/]+={0,2}(?=\W*\Z)")
_LENGTHS = frozenset({64, 70, 76})
"""Characters of a line of base64, as keys are written."""
_LINE_ENDS = ("", "\n", "\\", '"', "'", " ")
SHOWN_BY = ("private key", "private-lines", "static key", "nkey seed")
"""Texts that mark the beginning of a key."""
_MOST_LINES = 200
_MOST_GAPS = 3
_LONGEST = 40_000


def blocks(text: str, shown: WordPlaces, long_runs: list[Span]) -> Iterator[Span]:
    """Yield the spans of parts of private keys. `long_runs` are those of the letters of base64."""
    if not shown.words.keys().isdisjoint(SHOWN_BY):
        begins = [begin.span() for begin in _BEGIN.finditer(text)]
        for (_, start), (until, _) in pairwise([*begins, (len(text), 0)]):
            yield from _block(text, start, min(until, start + _LONGEST))
    public = [found.span() for found in _PUBLIC.finditer(text)] if long_runs and "-----BEGIN" in text else []
    for start, end in long_runs:
        if any(first < start < last for first, last in public):
            continue
        if end - start in _LENGTHS and text[end : end + 1] in _LINE_ENDS and _like_base64(text[start:end]):
            yield start, end


def _like_base64(line: str) -> bool:
    """Return True if a line of that length is base64 rather than a digest or a path."""
    kinds = (any(c.islower() for c in line), any(c.isupper() for c in line), any(c.isdigit() for c in line))
    return all(kinds) and not re.search(r"[a-z]{9}|[A-Z]{9}", line)


def _block(text: str, start: int, until: int) -> Iterator[Span]:
    """Each part of one key; a key that does not end is as long as its lines look like one."""
    end = _END.search(text, start, until)
    stop = end.start() if end else until
    gaps, at = 0, start
    for _ in range(_MOST_LINES):
        line = text.find("\n", at, stop)
        last = line if line >= 0 else stop
        pieces = _pieces(text, at, last)
        gaps = 0 if pieces else gaps + 1
        yield from pieces
        if end and text.find("\n", last + 1, stop) < 0:
            yield from _last(text, at, last)
        if line < 0 or (end is None and gaps > _MOST_GAPS):
            return
        at = line + 1


def _pieces(text: str, at: int, last: int) -> list[Span]:
    """The parts of a line that are base64: long ones, or all of it."""
    if _WHOLE.fullmatch(text, at, last):
        return [(at, last)]
    return [found.span() for found in _PIECE.finditer(text, at, last)]


def _last(text: str, at: int, last: int) -> Iterator[Span]:
    """The short last line of a key."""
    if found := _LAST_PIECE.search(text[at:last]):
        yield at + found.start(), at + found.end()
