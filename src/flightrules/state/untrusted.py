"""Text from production as data from strangers: bounded, without secrets and without what cannot be seen.

Knows: characters and bytes. Must not know: where the text came from or what it says.
Every text passes here before it is stored or shown, so this is where secrets are taken out as well.
"""

from __future__ import annotations

import re

from flightrules.state.redaction import redact

MARK = " [cut: {} more bytes]"

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_ESCAPES = re.compile(
    "\x1b\\][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"  # titles and links, also where the end is missing
    "|\x1b[PX^_][^\x1b\x9c\n]*(?:\x1b\\\\|\x9c)?"  # device strings
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, cursor
    "|\x1b[ -/]*[0-~]?"
)

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2"  # format characters of scripts, soft hyphen
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\u2800"  # joiners and fillers that show nothing
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width and direction
    "\ufe00-\ufe0f\ufeff\ufff0-\ufffb"  # variation selectors, byte order mark, annotations
    "\ud800-\udfff\ue000-\uf8ff"  # halves of pairs, private use
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"  # tags, further selectors, private use
    "]+"
)


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
    # Most text is plain letters, in which nothing can hide.
    plain = text if text.isascii() and text.isprintable() else _visible(text)
    return _bounded(redact(plain), limit)


def _visible(text: str) -> str:
    return _HIDDEN.sub("", _ESCAPES.sub("", _BREAKS.sub("\n", text)))


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
