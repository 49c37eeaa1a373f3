"""Text made for one kind of receiver: what would call people or make markup there is neutralised, and it fits.

Knows: which kinds show text as it stands, which read Markdown, and how long a message may be there.
Must not know: what a message says. Kinds are the schemas of Apprise addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_MAIL = {"mailto", "mailtos", "ses"}
_PROGRAMS = {"json", "jsons", "xml", "xmls", "form", "forms", "syslog", "rsyslog"}
_PUSH = {"ntfy", "ntfys", "pover", "pbul", "prowl", "bark", "barks"}
_SMS = {"twilio", "vonage", "nexmo", "sns", "msgbird", "plivo", "sinch", "clicksend", "bulksms", "d7sms", "clickatell"}
_MORE_SMS = {"seven", "46elks", "elks", "kavenegar", "voipms", "atalk", "burstsms", "httpsms", "smsmgr", "freemobile"}
PLAIN = frozenset({*_MAIL, *_PROGRAMS, *_PUSH, *_SMS, *_MORE_SMS})
"""Receivers that show text as it stands, and call nobody named in it."""
MARKDOWN = frozenset({"discord", "guilded", "fluxer", "revolt", "mmost", "mmosts", "zulip"})
"""Chats that read Markdown in any text and take a backslash before a sign for the sign itself."""
SLACK = "slack"
ENTITIES = frozenset({SLACK, "tgram"})
"""Chats to which an ampersand begins an entity."""
BYTES = frozenset({"ntfy", "ntfys"})
"""Receivers that count bytes, and not characters; in JSON they take twice as many."""
SHORTER = {"ntfy": 3_700, "ntfys": 3_700}
"""Lengths above which a text becomes a file at these receivers, which nobody sees in the notification."""

_CALLS = str.maketrans({"@": "\uff20", "<": "\u2039", ">": "\u203a"})
"""Look-alikes of the signs that chats call people and groups by."""
_MARKUP = re.compile(r"[\\`*~|\[]|(?<![^\W_])_|_(?![^\W_])")
_HEADING = re.compile(r"^(?=#{1,6} )", re.MULTILINE)
_MASKED_LINK = re.compile(r"\](?=\()")

PARTS = 5
"""A message of more parts is cut: the log has all of it."""
CUT = "\n(cut here; `flightrules log show` has the whole)"
LEAST_ROOM = 20


def formed(kind: str, text: str) -> str:
    """The text as a receiver of this kind may have it: nobody is called, and nothing is read as markup."""
    if kind in PLAIN:
        return text
    harmless = _MASKED_LINK.sub("] ", text.translate(_CALLS))
    if kind in MARKDOWN:
        return _HEADING.sub(r"\\", _MARKUP.sub(r"\\\g<0>", harmless))
    return harmless.replace("&", "&amp;") if kind in ENTITIES else harmless


def formed_title(kind: str, title: str) -> str:
    """The same for a title of its own; that of Slack is escaped by its plugin."""
    return title.translate(_CALLS) if kind == SLACK else formed(kind, title)


def length(kind: str, text: str) -> int:
    """Return how long a receiver of this kind takes the text to be."""
    if kind in BYTES:
        return max(len(text.encode()), len(json.dumps(text)) // 2)
    return len(text.encode("utf-16-le")) // 2


def parts(kind: str, text: str, longest: int) -> list[str]:
    """The text, formed, in pieces of at most that length, parted between lines or words where that can be."""
    room = max(min(longest, SHORTER.get(kind, longest)), LEAST_ROOM)
    found = list(_parted(kind, text, room))
    if len(found) > PARTS:
        found = found[:PARTS]
        cut = formed(kind, CUT)
        if room > 2 * length(kind, cut):
            found[-1] = _head(kind, found[-1], room - length(kind, cut)) + CUT
    return [formed(kind, part) for part in found]


def _parted(kind: str, text: str, room: int) -> Iterator[str]:
    left = text
    while _size(kind, left) > room:
        head = _head(kind, left, room)
        yield head
        left = left[len(head) :].lstrip("\n ")
    yield left


def _size(kind: str, text: str) -> int:
    return length(kind, formed(kind, text))


def _head(kind: str, text: str, room: int) -> str:
    """The longest beginning that fits once it is formed, up to the end of a line or a word in its second half."""
    if _size(kind, text) <= room:
        return text
    low, high = 1, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _size(kind, text[:middle]) <= room else (low, middle - 1)
    for sign in ("\n", " "):
        if (at := text.rfind(sign, low // 2, low)) > 0:
            return text[:at]
    return text[:low]
