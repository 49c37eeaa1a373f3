"""Headers that are a secret up to the end of their line: cookies and authorization.

Knows: where a header ends. Must not know: which headers these are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.names import Name
from flightrules.state.masking.spans import MASK, Span
from flightrules.state.masking.values import LONGEST_WEAK, QUOTE, plainly_no_secret, quoted

_SCHEME = re.compile(r"[ \t]*[A-Za-z][\w-]{2,20}[ \t]*\r?\n[ \t]+\S")
"""A scheme whose value is on the next line, which is folded."""
_WORDS = re.compile(r"(?:[a-z][a-z'-]{0,15}+[.,;:!]?+\s*+)++", re.IGNORECASE)


def header(text: str, name: Name, at: int, *, closed: bool) -> Iterator[Span]:
    """Up to the end of the line, of the quotation marks around the header, or of the list."""
    if text.startswith("[", at) and not text.startswith(MASK, at):
        at += 1
        end = text.find("]", at, end_of_line(text, at))
        span = at, end if end >= 0 else end_of_line(text, at)
    elif inside := quoted(text, at):
        span = inside[0]
    else:
        span = at, _header_end(text, name, at, closed=closed)
    value = text[slice(*span)]
    if (
        value.strip()
        and not (len(value) <= LONGEST_WEAK and _WORDS.fullmatch(value))
        and not plainly_no_secret(value.strip())
    ):
        yield span


def _header_end(text: str, name: Name, at: int, *, closed: bool) -> int:
    end = end_of_line(text, at)
    if _SCHEME.match(text, at):
        return end_of_line(text, end + 1)
    around = (
        None
        if closed
        else re.search(rf"(?:{QUOTE.pattern})\Z", text[max(0, name.start - 18) : name.start], re.IGNORECASE)
    )
    found = text.find(around.group(), at, end) if around else -1
    return found if found >= 0 else end


def end_of_line(text: str, at: int) -> int:
    """Return the position at which the line that contains a position ends."""
    end = text.find("\n", at)
    return end if end >= 0 else len(text)
