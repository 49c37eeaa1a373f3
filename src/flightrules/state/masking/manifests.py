"""Secrets under plain names in documents whose kind says that they hold secrets.

Knows: secrets of Kubernetes, random passwords and keys of Terraform. Must not know: how a secret looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import Span
from flightrules.state.masking.values import plainly_no_secret

_KIND = re.compile(r"""kind["']?:\s{0,4}["']?Secret["']?\s{0,4}(?:,|\}|\r?$)""", re.MULTILINE)
_SECTION = re.compile(r"^([ \t]*)(?:data|stringData):[ \t]*\r?\n", re.MULTILINE)
_LINE = re.compile(r"([ \t]*)([^\n]*)(?:\n|\Z)")
_ENTRY = re.compile(r"(?:[\w.-]{1,253}:(?:[ \t]+|$))?[\"']?([^\"'\r]*)")
_OBJECT = re.compile(r'"(?:data|stringData)"\s{0,4}:\s{0,4}\{([^{}]{1,20000})\}')
_MEMBER = re.compile(r'"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.){1,8192})"')
_GENERATED = re.compile(
    r'"(?:result|bcrypt_hash|private_key_\w{1,20}|hex|b64_std|b64_url)"\s{0,4}:\s{0,4}"((?:[^"\\\n]|\\.){1,8192})"'
)
_SECURE = re.compile(r'"securestring"[^{}\n]{0,400}?"value"\s{0,4}:\s{0,4}"((?:[^"\\\n]|\\.){1,8192})"', re.IGNORECASE)
_KEYS = re.compile(r'"keyname"[^{}]{0,400}?"value"\s{0,4}:\s{0,4}"([^"\n]{20,400})"', re.IGNORECASE)
_SECRETS = ("kind: secret", '"secret"')
_RANDOM = ('"random_password"', '"random_bytes"', '"tls_private_key"')

_FIELDS = {'"securestring"': _SECURE, '"keyname"': _KEYS}

SHOWN_BY = (*_SECRETS, *_RANDOM, *_FIELDS)
"""Words that show such a document."""


def manifests(text: str, shown: WordPlaces) -> Iterator[Span]:
    """The values of such documents."""
    words = shown.words.keys()
    if not words.isdisjoint(_SECRETS):
        for start, end in dict.fromkeys(_around(text, kind.start()) for kind in _KIND.finditer(text)):
            yield from _document(text, start, end)
    if not words.isdisjoint(_RANDOM):
        yield from (found.span(1) for found in _GENERATED.finditer(text))

    for word in words & _FIELDS.keys():
        yield from (found.span(1) for found in _FIELDS[word].finditer(text))


def _around(text: str, at: int) -> Span:
    """The document in which a position stands."""
    end = text.find("\n---", at)
    return text.rfind("\n---", 0, at) + 1, end if end >= 0 else len(text)


def _document(text: str, start: int, end: int) -> Iterator[Span]:
    for section in _SECTION.finditer(text, start, end):
        yield from _entries(text, section.end(), end, len(section[1]))
    for found in _OBJECT.finditer(text, start, end):
        yield from (member.span(1) for member in _MEMBER.finditer(text, *found.span(1)))


def _entries(text: str, at: int, until: int, depth: int) -> Iterator[Span]:
    """Each value of a section of YAML, and the lines of a block under its name."""
    while at < until and (line := _LINE.match(text, at, until)):
        if line[2] and len(line[1]) <= depth:
            return
        entry = _ENTRY.match(text, line.start(2), line.end(2))
        if entry and not plainly_no_secret(entry[1].strip("|>-+ ")):
            yield entry.span(1)
        at = line.end()
