"""Text without what cannot be seen: escapes, control and format characters, invisible letters.

Knows: characters. Must not know: where a text came from.
"""

from __future__ import annotations

import re

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


PLAIN = bytes((*range(0x20, 0x7F), 0x09, 0x0A))
"""Every byte of ASCII that is seen, newline and tab."""


def visible(text: str) -> str:
    """The text without what cannot be seen; each kind of line break is a newline."""
    if text.isascii() and not text.encode().translate(None, PLAIN):  # most text is plain letters: nothing can hide
        return text
    return _HIDDEN.sub("", _ESCAPES.sub("", _BREAKS.sub("\n", text)))
