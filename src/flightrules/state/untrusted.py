"""Text from production as data from strangers: bounded, without secrets and without what cannot be seen.

Knows: characters and bytes. Must not know: where the text came from or what it says.
Every text passes here before it is stored or shown, so this is where secrets are taken out as well.
"""

from __future__ import annotations

from flightrules.state.redaction import redact_visible
from flightrules.state.visible import visible

MARK = " [cut: {} more bytes]"


def lines_of(text: str) -> list[str]:
    """The lines of a text as programs and files mean them: each ends with a newline and with nothing else.

    `str.splitlines` also ends one at a form feed, U+0085, U+2028 and others, any of which may stand in a line.
    """
    found = text.split("\n")
    return found if found[-1] else found[:-1]


def clean(text: str, limit: int) -> str:
    """The text without secrets, escapes, control, invisible and direction characters, in at most `limit` bytes.

    Newlines and tabs stay; other line breaks become newlines. What was cut off is said at the end.
    """
    return _bounded(redact_visible(visible(text)), limit)


def one_line(text: str, limit: int) -> str:
    """The same on one line, each run of white space one space."""
    return _bounded(" ".join(clean(text, max(4 * limit, 1024)).split()), limit)


def _bounded(text: str, limit: int) -> str:
    data = text.encode()
    if len(data) <= limit:
        return text
    mark = MARK.format(len(data))
    room = limit - len(mark)
    if room <= 0:
        return _head(data, limit)
    kept = _head(data, room)
    return kept + MARK.format(len(data) - len(kept.encode()))


def _head(data: bytes, size: int) -> str:
    """The first characters that fit; a character that does not fit whole is left out."""
    return data[: max(size, 0)].decode(errors="ignore")
