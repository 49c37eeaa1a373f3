"""Hashes of passwords, in the forms that systems store them.

Knows: how each begins. Must not know: the text around one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import Span

_CRYPT = re.compile(
    r"\$(?:1|2[abxy]?|5|6|7|8|9|y|gy|md5|sha1|apr1|argon2(?:id|i|d)|pbkdf2[\w-]*|scrypt|P|H|S)\$[./\w$=,+-]{16,400}"
)
_LDAP = re.compile(r"\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]*|ARGON2)\}([./\w$=+-]{16,400})", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:(?:pbkdf2_sha\d+|bcrypt_sha256|argon2|scrypt|pbkdf2:sha\d+)[$:][./\w$=,+:-]{16,400}"
    r"|SCRAM-SHA-(?:1|256|512)\$[\w+/=:$-]{16,400}|grub\.pbkdf2\.\w{4,8}\.\d+\.[0-9A-Fa-f.]{32,1024}"
    r"|[0-9a-f]{32}:[0-9a-f]{32}(?=:::)|(?<=['\"])md5[0-9a-f]{32}(?=['\"]))"
)

SHOWN_BY = ("scram-sha-", ":::", "pbkdf2", "bcrypt_", "argon2", "scrypt", "'md5", '"md5')
"""The words that show a hash without a sign of its own."""


def signed_hashes(text: str) -> Iterator[Span]:
    """Hashes that begin with `$` or stand behind a method in braces."""
    if "$" in text:
        yield from (found.span() for found in _CRYPT.finditer(text))
    if "}" in text:
        yield from (found.span(1) for found in _LDAP.finditer(text))


def named_hashes(text: str, shown: WordPlaces) -> Iterator[Span]:
    """Hashes that begin with the name of their method."""
    if not shown.words.keys().isdisjoint(SHOWN_BY):
        yield from (found.span() for found in _NAMED.finditer(text))
