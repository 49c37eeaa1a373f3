"""Secrets whose value stands in another element, attribute, line or part of a form than their name.

Knows: XML, property lists, forms, lists of names and values. Must not know: which names mean a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.keys import Kind
from flightrules.state.masking.names import Name
from flightrules.state.masking.spans import Span
from flightrules.state.masking.values import LONGEST_WEAK, QUOTE, bare, plainly_no_secret, quoted

_PAIRED = re.compile(
    rf"""(?:{QUOTE.pattern})?(?:\s+[\w-]{{1,20}}=["'][^"'\n]{{0,80}}["'])?[\s,;)\]]{{0,80}}(?:{QUOTE.pattern})?\b(?:default|parameter)?(?:value|val|content|input)
    (?:{QUOTE.pattern})?\s{{0,4}}[:=]\s{{0,4}}
    |\n[^\n]{{0,200}}\binput_value=""",
    re.VERBOSE | re.IGNORECASE,
)
"""`name: NAME` and behind it `value: VALUE`, as containers, XML and HTML forms have them."""
_PAIRED_BEFORE = re.compile(
    r"""["']?value["']?\s{0,4}[:=]\s{0,4}["']([^"'\n]{1,400})["']\s{0,4},?\s{0,20}["']?(?:name|key)["']?\s{0,4}[:=]\s{0,4}["']\Z""",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"[^<>\n]{0,200}?(?:>|&gt;)\s{0,40}(?:<!\[CDATA\[)?([^<&]{1,8192}?)\s{0,40}(?:\]\]>)?(?:</|&lt;/)")
_NAMESPACE = re.compile(r"(?:<|&lt;)\w{1,12}:\Z")
_PLIST = re.compile(r"</key>\s{0,40}<string>([^<]{1,8192})</string>")
_MULTIPART = re.compile(
    r'"[^\n]{0,80}?(?:\r?\n[\w-]{1,40}:[^\n]{0,200}){0,4}(?:\r?\n\r?\n|\\r\\n\\r\\n|\\n\\n)([^\n\\]{1,8192})'
)


def apart(text: str, name: Name) -> Iterator[Span]:
    """A value that stands in another element, attribute, line or part of a form than its name."""
    if name.kind not in {Kind.STRONG, Kind.HEADER}:
        return
    before = text[max(0, name.start - 5) : name.start]
    if before.endswith(("<", "&lt;")) or (
        before.endswith(":") and _NAMESPACE.search(text, name.start - 20, name.start)
    ):
        yield from _group(_TAGGED.match(text, name.end))
    if before.endswith(">"):
        yield from _group(_PLIST.match(text, name.end))
    if before.endswith(('"', "'")):
        yield from _group(_MULTIPART.match(text, name.end))
        yield from _value_before(text, name)
    if paired := _PAIRED.match(text, name.end):
        inside = quoted(text, paired.end())
        span = inside[0] if inside else bare(text, paired.end(), longest=LONGEST_WEAK)
        if not plainly_no_secret(text[slice(*span)]):
            yield span


def _value_before(text: str, name: Name) -> Iterator[Span]:
    start = max(0, name.start - 500)
    if found := _PAIRED_BEFORE.search(text[start : name.start]):
        yield start + found.start(1), start + found.end(1)


def _group(found: re.Match[str] | None) -> Iterator[Span]:
    if found and not plainly_no_secret(found[1].strip()):
        yield found.span(1)
