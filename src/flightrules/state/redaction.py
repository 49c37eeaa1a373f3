"""Takes secrets out of text before anything stores or shows it.

Knows: how keys, tokens and passwords look. Must not know: where the text came from.
A net with meshes: it catches what names itself or has a known form, and a bare password in prose slips through.
More nets can be handed in from outside (a library's detectors, the user's own patterns): once, at the start, so that no
place where text comes in can forget them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pydantic import JsonValue

MASK = "[redacted]"

_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?")

_NAMED = re.compile(
    r"""((?:pass(?:word|wd|phrase|code)|\bpwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)
    [A-Za-z0-9_-]{0,32}\\{0,3}["']?\s{0,3}(?:=>|[:=])\s{0,3})
    (?:\[redacted\]|"[^"\n]*"?|'[^'\n]*'?|\\{1,3}["'][^"'\\\n]*|[^\s"',;&)}\]]+)""",
    re.IGNORECASE | re.VERBOSE,
)

_HEADER = re.compile(r"(\b(?:set-)?cookie\\{0,3}[\"']?\s{0,3}[:=]\s{0,3})[^\n]+", re.IGNORECASE)

_SCHEME = re.compile(r"(\b(?:bearer|basic)\s{1,3})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)

_USERINFO = re.compile(r"(://[^\s:/@]{0,100}:)[^\s/@]{1,200}@")

_KNOWN = re.compile(
    r"""\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}
    |xox[abeprs]-[A-Za-z0-9-]{10,}|A(?:KIA|SIA)[0-9A-Z]{16}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}
    |sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{30,}
    |SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)""",
    re.VERBOSE,
)


_KNOWN_BEGIN = (
    *("gho_", "ghp_", "ghs_", "ghu_", "ghr_", "github_pat", "glpat", "xox", "akia", "asia", "aiza"),
    *("k_live", "k_test", "sk-", "npm_", "hf_", "sg.", "eyj"),
)

_NETS = (
    (("private key",), _KEY_BLOCK, MASK),
    (("://",), _USERINFO, rf"\1{MASK}@"),
    (_KNOWN_BEGIN, _KNOWN, MASK),
    (("bearer", "basic"), _SCHEME, rf"\1{MASK}"),
    (("cookie",), _HEADER, rf"\1{MASK}"),
    (("passw", "passp", "passc", "pwd", "secret", "token", "key", "credential"), _NAMED, rf"\1{MASK}"),
)
"""What a text, in small letters, must hold before a net is cast: looking for a word is a hundred times faster."""


Net = Callable[[str], str]
"""Gives a text back without the secrets it recognises."""

_MORE: list[Net] = []

_FORGET: list[Callable[[], None]] = []
"""Called when other nets are cast: what was made of texts before is made again."""

_SHORT, _KNOWN_TEXTS = 300, 4096
"""Longest text that is remembered, and how many are: about two megabytes at most."""

Made = TypeVar("Made")
Text = TypeVar("Text", str, tuple[str, ...])

IDENTIFIER = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
"""A commit id, an image digest or a UUID: what an incident is about, and random like a secret. It stays."""


def cast_also(*nets: Net) -> None:
    """Cast these nets after the ones of this module, in place of those that were handed in before."""
    _MORE[:] = nets
    for forget in _FORGET:
        forget()


def remembered(made: Callable[[Text], Made]) -> Callable[[Text], Made]:
    """Remember what was made of short texts, until other nets are cast. For what depends on the text and nets alone.

    Documents repeat the same few words, and those of one incident are much like those of the next.
    """
    known = _Known(made)
    _FORGET.append(known.clear)
    return known.__getitem__  # not a function around it: it is asked for each word of each document


class _Known(dict[Text, Made]):
    """What was made of short texts. Once it is full it begins anew, which costs little and no bookkeeping."""

    def __init__(self, made: Callable[[Text], Made]) -> None:
        super().__init__()
        self._made: Callable[[Text], Made] = made

    def __missing__(self, text: Text) -> Made:
        made = self._made(text)
        if len(text) <= _SHORT:
            if len(self) >= _KNOWN_TEXTS:
                self.clear()
            self[text] = made
        return made


def redact(text: str) -> str:
    """The text with each secret that is recognised replaced by `[redacted]`."""
    folded = text.lower()
    for words, pattern, mask in _NETS:
        for word in words:  # a loop, because a generator costs more than all the looking
            if word in folded:
                text = pattern.sub(mask, text)
                break
    for net in _MORE:
        text = net(text)
    return text


def redacted(value: JsonValue) -> JsonValue:
    """A JSON value with the secrets taken out of each of its texts; names of fields stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return {name: redacted(item) for name, item in value.items()} if isinstance(value, dict) else value
