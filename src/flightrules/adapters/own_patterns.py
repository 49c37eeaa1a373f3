"""Finds secrets by the patterns of the user's own, and never at the price of an incident's time.

Knows: lines and processor time. Must not know: what a pattern is for (config/patterns.py said that it may be used).
Python's regular expressions cannot be stopped, so they get only pieces of lines, and a pattern that has used up its
time masks what is left of the text: better nothing to read than a secret to read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from time import thread_time

from flightrules.state.masking.spans import MASK, masked
from flightrules.state.redaction import IDENTIFIER, Net

PIECE = 1_000
"""Characters of a line that a pattern sees at once."""
OVERLAP = 300
"""So many of them belong to the next piece too: a secret that is not longer is seen whole."""
LIMIT_S = 0.5
"""Processor time of one pattern on one text."""
TOO_LONG = f"{MASK[:-1]}: a pattern of the settings took too long]"

_MASKED = re.compile(re.escape(MASK))


def own_net(patterns: Sequence[str]) -> Net:
    """A net of the user's own patterns."""
    compiled = [re.compile(pattern) for pattern in patterns]

    def net(text: str) -> str:
        for pattern in compiled:
            text = _redacted(pattern, text)
        return text

    return net


def _redacted(pattern: re.Pattern[str], text: str) -> str:
    until, lines = thread_time() + LIMIT_S, text.split("\n")
    for number, line in enumerate(lines):
        spans = _spans(pattern, line, until)
        if spans is None:
            return "\n".join([*lines[:number], TOO_LONG])
        lines[number] = masked(line, spans)
    return "\n".join(lines)


def _spans(pattern: re.Pattern[str], line: str, until: float) -> list[tuple[int, int]] | None:
    """Return the spans that the pattern matches, or None if the time is up.

    Leave out matches inside a commit id, a digest or a UUID, and those inside what is masked already.
    """
    found: set[tuple[int, int]] = set()
    for start in range(0, max(len(line), 1), PIECE - OVERLAP):
        if thread_time() > until:
            return None
        found.update(m.span() for m in pattern.finditer(line, start, start + PIECE) if m.end() > m.start())
    if not found:
        return []
    kept = [match.span() for match in (*IDENTIFIER.finditer(line), *_MASKED.finditer(line))]
    return [span for span in found if not any(one[0] <= span[0] and span[1] <= one[1] for one in kept)]
