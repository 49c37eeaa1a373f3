"""Values as they stand behind the name of a secret: where one ends, and what is plainly not a secret.

Knows: quotes, escapes, placeholders. Must not know: what the name was.
"""

from __future__ import annotations

import re
from itertools import pairwise

from flightrules.state.masking.spans import MASK, Span

LONGEST = 8_192
"""Characters of a value that are read at most."""

LONGEST_WEAK = 400
"""The same where a name or place says little: hostile text must not be read over and over."""

QUOTE = re.compile(
    r"""\\{0,15}["'`]|&quot;|&\#(?:0?39|0?34|x27|x22);|&apos;|%22|%27|\\{1,15}u00(?:22|27)|\\x2[27]""", re.IGNORECASE
)
"""A quotation mark as it is written in code, nested JSON, HTML, URLs."""

_OPENING = frozenset("\"'`\\&%")

_BARE = re.compile(
    r"""(?:[^\s"'`<>\\,;&)}\]|]++
    |[,;&)}\]|](?=[^\s"'`<>,;&)}\]|])(?!(?:amp;)?[\w.\[-]{1,40}\]?["']?(?:=|:(?!//)|%3[dDaA]))
    |\\(?![nrt"'\\]|u00[23]) |["'`](?=[A-Za-z0-9@#$!]) |<(?!/)|>
    )+""",
    re.VERBOSE,
)
"""A value without quotation marks. Punctuation belongs to it when it goes on, and not with a name and `=`."""

_STATES = frozenset(
    (
        *("true", "false", "null", "none", "nil", "undefined", "yes", "no", "on", "off", "enable"),
        *("enabled", "disable", "disabled", "default", "empty", "missing", "required", "optional", "unset"),
        *("set", "invalid", "valid", "expired", "ok", "failed", "failure", "success", "succeeded"),
        *("changed", "unchanged", "wrong", "not", "too", "is", "was", "has", "the", "a", "an", "n/a", "nan"),
        *("bearer", "basic", "digest", "string", "str", "int", "bool", "object", "secret", "password"),
        *("token", "unexpected", "unknown", "absent", "present", "given", "rejected", "accepted", "active"),
        *("inactive", "revoked", "refreshed", "hidden", "masked", "filtered", "redacted", "removed", ""),
        *("await", "new", "async", "function", "return", "lambda"),
    )
)
"""Values that are not a secret: words of a state or a type, and similar ordinary words."""

_PLACEHOLDER = re.compile(
    r"""\W{0,3}(?:redacted|filtered|masked|hidden|removed|secret|\*+|x{3,}|\.{3,}|\u2022+)\W{0,3}|<nil>|(?:file|env|vault|ssm|op|awssm|gcpsm|ref\+\w+|arn):\S*
    |<%.*|:[a-z_]+|\$\d+.*|\$_[a-z]+\[.*|\w+\(\$\d.*
    |(?:self|this|config|cfg|settings|env|app|rails|process|opts|options|params|args|request|req|user|ctx|credentials|secrets|data|var|local|each|module)(?:\.[a-z_]\w*)+
    |!(?:vault|ref|sub|getatt|reference|secret|env|importvalue)\b.*|\((?:sensitive|known|hidden|none|empty|null|set|unset|not)\b.*|\[?redacted\]?
    |(?:[a-z_]\w*\.)+[a-z_]\w*[(\[].*|(?:env|params|process\.env|os\.environ|secrets|vars?|local)[.\[(]\S*
    |[\w$/.-]*\w\.[a-z]{1,5}:\d+.*|0x[0-9a-f]{1,16}
    |\$\{[^}]*\}?|\$\([^)]*\)?|\$[A-Z_][A-Z0-9_]*|\{\{.*|%\(?\w*\)?s|%[vdqs]|<[\w\ -]*>?|[-*.\u2022_=~?]+|\W""",
    re.IGNORECASE | re.VERBOSE,
)

_PATHLIKE = re.compile(
    r"(?:[.~]{0,2}/|[a-z]+://)[\w./@~:-]*|[\d.,:TZ/+-]+|v?\d+(?:\.\d+)+\w*|\d+\w{0,2}", re.IGNORECASE
)


_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")


def plainly_no_secret(value: str) -> bool:
    """Return True if a value is a word of a state, a placeholder, or empty."""
    low = value.lower()
    if value.isalnum() and not low.startswith(("0x", "xxx")):
        return low in _STATES
    return low in _STATES or _PLACEHOLDER.fullmatch(value) is not None


def mixed(value: str, least: int = 8) -> bool:
    """Return True if a value mixes letters with digits or signs unlike words, numbers, paths and times."""
    if len(value) < least or _PATHLIKE.fullmatch(value):
        return False
    letters = _LETTER.search(value) is not None
    if letters and _DIGIT.search(value):
        return True
    inside = any(a.islower() and b.isupper() for a, b in pairwise(value))
    return (inside and len(value) >= 2 * least) or (letters and any(c in "!@#$%^&*+=~?" for c in value))


_WORDLIKE = re.compile(r"[a-z]+(?:[-_.][a-z0-9]+)*\d{0,4}")


def guarded(value: str, least: int = 6) -> bool:
    """Return True if a value is mixed and is not a word with a number: only its place says that it is a secret."""
    return mixed(value, least) and _WORDLIKE.fullmatch(value) is None


def quoted(text: str, at: int) -> tuple[Span, str] | None:
    """The inside of a quoted value that begins here, and its quotation mark."""
    opened = QUOTE.match(text, at) if text[at : at + 1] in _OPENING else None
    if opened is None:
        return None
    mark, start = opened.group(), opened.end()
    line = text.find("\n", start)
    end = min(line if line >= 0 else len(text), start + LONGEST)
    return (start, _closing(text, mark, start, end)), mark


def _closing(text: str, mark: str, start: int, end: int) -> int:
    """Return the position at which a quoted value ends.

    It ends at the same quotation mark, if no further backslash precedes it; otherwise with its line.
    """
    at = text.find(mark, start, end)
    while at >= 0:
        before = len(text[start:at]) - len(text[start:at].rstrip("\\")) if at > start and text[at - 1] == "\\" else 0
        if before % 2 == 0:
            return at
        at = text.find(mark, at + 1, end)
    return end


_ENCODED_END = re.compile(r"%(?:2[267cC]|7[dD]|0[aAdD])")


def bare(text: str, at: int, *, encoded: bool = False, longest: int = LONGEST) -> Span:
    """A value without quotation marks that begins here; empty when there is none. `encoded` is percent-encoded text."""
    if text.startswith(MASK, at):
        return at, at + len(MASK)
    found = _BARE.match(text, at, at + longest)
    if found is None:
        return at, at
    value = _ENCODED_END.split(found.group(), maxsplit=1)[0] if encoded else found.group()
    return at, at + len(value.rstrip(".:!?") or value)
