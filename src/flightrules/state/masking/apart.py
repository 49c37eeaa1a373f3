"""Secrets whose value stands in another element, attribute, line or part of a form than their name.

Knows: XML, property lists, forms, lists of names and values. Must not know: which names mean a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_TAGGED = re.compile(
    r"[^<>\n]{0,200}?(?:>|&gt;)\s{0,40}(?:<value>)?(?:<!\[CDATA\[)?([^<&]{1,8192}?)\s{0,40}(?:\]\]>)?(?:</|&lt;/)",
    re.IGNORECASE,
)
_FARTHEST = 500
"""Characters between a name and its value at most."""
_NAMESPACE = re.compile(r"(?:<|&lt;)\w{1,12}:\Z")
_PLIST = re.compile(r"</(?:key|name)>\s{0,40}<(?:string|value)>([^<]{1,8192})</(?:string|value)>")
_NAMED_ELEMENT = re.compile(r"[\"'][^<>\n]{0,80}>\s{0,8}([^<>\s][^<>\n]{3,400})</")
_CELL = re.compile(
    r"\s{0,8}:?\s{0,8}</(t[hd]|dt|b|strong|label)>\s{0,8}<(?:td|dd|span|code)[^<>]{0,80}>([^<]{1,400})</", re.IGNORECASE
)
_MULTIPART = re.compile(
    r'"[^\n]{0,80}?(?:\r?\n[\w-]{1,40}:[^\n]{0,200}){0,4}(?:\r?\n\r?\n|\\r\\n\\r\\n|\\n\\n)([^\n\\]{1,8192})'
)


def apart(text: str, folded: str, name: Name) -> Iterator[Span]:
    """A value in another element, attribute or part of a form than its name, which quotes or brackets open."""
    before = text[max(0, name.start - 5) : name.start]
    if before.endswith(("<", "&lt;")) or (
        before.endswith(":") and _NAMESPACE.search(text, name.start - 20, name.start)
    ):
        yield from _group(_TAGGED.match(text, name.end))
    if before.endswith(">"):
        yield from _group(_PLIST.match(text, name.end))
        if cell := _CELL.match(text, name.end):
            yield cell.span(2)
    if before.endswith(('"', "'")):
        yield from _group(_MULTIPART.match(text, name.end))
        yield from _group(_NAMED_ELEMENT.match(text, name.end))
        if "value" in folded[max(0, name.start - _FARTHEST) : name.start]:
            yield from _value_before(text, name)


def beside_value(text: str, folded: str, name: Name) -> Iterator[Span]:
    """A value that stands behind a name of its own: `name: NAME, value: VALUE`."""
    near = folded[name.end : name.end + _FARTHEST]
    if ("val" in near or "content" in near or "input" in near) and (paired := _PAIRED.match(text, name.end)):
        inside = quoted(text, paired.end())
        span = inside[0] if inside else bare(text, paired.end(), longest=LONGEST_WEAK)
        if not plainly_no_secret(text[slice(*span)]):
            yield span


def _value_before(text: str, name: Name) -> Iterator[Span]:
    start = max(0, name.start - _FARTHEST)
    if found := _PAIRED_BEFORE.search(text[start : name.start]):
        yield start + found.start(1), start + found.end(1)


def _group(found: re.Match[str] | None) -> Iterator[Span]:
    if found and not plainly_no_secret(found[1].strip()):
        yield found.span(1)
