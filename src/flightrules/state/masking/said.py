"""Secrets behind their name without anything that assigns: options, prose, statements, tables.

Knows: how people and command lines put a value behind a name. Must not know: which names mean a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.keys import Kind
from flightrules.state.masking.names import Name
from flightrules.state.masking.spans import Span
from flightrules.state.masking.values import LONGEST_WEAK, QUOTE, bare, mixed, plainly_no_secret, quoted
from flightrules.state.masking.weighing import (
    CODE,
    CODES,
    SHORTEST_SAID,
    SHORTEST_TOKEN,
    SHORTEST_WEAK,
    UUID,
    given_out,
    random_looking,
    secret,
)

_LISTED = re.compile(rf"(?:{QUOTE.pattern})(?:\s{{0,4}},\s{{0,8}}|\s{{1,8}})(?={QUOTE.pattern})", re.IGNORECASE)
_PROSE = re.compile(
    r"""(?:[ ]+(?:for|of|von|de)[ ]+(?:[a-z]{2,12}[ ])?[^\s:]{1,40})?(?:[ ]{1,3}|(?=:))
    (?:(?:is|was|are)(?:[ ](?:now|still))?
    |(?:(?:is|was|has[ ]been|were)[ ])?(?:re)?(?:set|changed|updated|rotated)?[ ]?(?:from[ ]\S{1,40}[ ])?to
    |:(?<=[\w.-]:)|will[ ]be|ist|lautet|est|es|\u00e8|\u00e9|=)[ ]{0,2}:?[ ]{1,3}""",
    re.VERBOSE | re.IGNORECASE,
)
_BESIDE = re.compile(r"[ \t]{0,8}\|[ \t]{0,8}|[ ]?\(|[ \t]{1,8}(?:(?:\d{1,2}|ENC|encrypted|hash)[ ](?=\S{6}))?")
_NEXT_ITEM = re.compile(r"[ \t]*\r?\n[ \t]*- ")
_ANNOUNCED = re.compile(r"[ \w,]{0,60}:[ \t]*\r?\n\s{0,40}(\S{8,200})[ \t\r]*(?:\n|\Z)")
"""`the following password to proceed:` and below it a line with nothing but the password."""
_SPACE = re.compile(r"[ \t]{1,8}")
_NEXT_WORD = re.compile(r" ([a-z]{2,})(?=[ .,;!]|$)", re.MULTILINE)
_SAYS = frozenset(
    {"is", "was", "are", "to", "for", "of", "has", "will", "now", "ist", "lautet", "est", "es", "set", "reset"}
)
_SAYS_TOO = frozenset({"changed", "updated", "been", "were", "von", "de"})


_ASSIGNS = frozenset("=:-|.(0123456789 ")
_SAID_WEAK = (*CODES, "code", "codes", "pw", "psk", "secret_id")
"""Names that say little, behind which a secret may be said all the same."""


def goes_on(text: str, name: Name) -> bool:
    """Return True if an ordinary word follows a name, as in `token expired`."""
    word = _NEXT_WORD.match(text, name.end)
    return word is not None and not name.text.startswith("-") and word[1] not in _SAYS and word[1] not in _SAYS_TOO


def says_nothing(text: str, name: Name) -> bool:
    """Return True if a vague name is followed by neither a value nor an assignment: `key 17 of 20`."""
    return text[name.end + 1 : name.end + 2] not in _ASSIGNS and _never_said(name)


def _never_said(name: Name) -> bool:
    low = name.text.lower()
    return name.kind is Kind.WEAK and not (low.endswith(_SAID_WEAK) or "pass" in low or "pwd" in low or low[0] == "-")


def option(text: str, name: Name) -> Iterator[Span]:
    """`--password VALUE`, also as a list of arguments."""
    gap = _SPACE.match(text, name.end) or _LISTED.match(text, name.end) or _NEXT_ITEM.match(text, name.end)
    if not gap:
        return
    at = gap.end()
    span = inside[0] if (inside := quoted(text, at)) else bare(text, at, longest=LONGEST_WEAK)
    value = text[slice(*span)]
    described = gap.group().startswith("  ") and value.isalpha() and text.startswith(" ", span[1])
    if not described and not value.startswith("-") and secret(value, name, in_quotes=bool(inside)):
        yield span


def said(text: str, name: Name) -> Iterator[Span]:
    """In prose and statements: `the password is VALUE`, `password VALUE`, `('authorization', 'VALUE')`."""
    if _never_said(name):
        return
    announced = _ANNOUNCED.match(text, name.end)
    if announced and name.kind is Kind.STRONG and mixed(announced[1]):
        yield announced.span(1)
    listed = _LISTED.match(text, name.end)
    prose = _PROSE.match(text, name.end)
    gap = listed or prose or _BESIDE.match(text, name.end)
    if not gap:
        return
    inside = quoted(text, gap.end())
    span = inside[0] if inside else bare(text, gap.end(), longest=LONGEST_WEAK)
    value = text[slice(*span)]
    if not plainly_no_secret(value) and _meant(
        value, name, listed=bool(listed), prose=bool(prose), in_quotes=bool(inside)
    ):
        yield span


def _meant(value: str, name: Name, *, listed: bool, prose: bool, in_quotes: bool) -> bool:
    low, strong = name.text.lower(), name.kind is Kind.STRONG
    if listed:
        return (name.kind is Kind.HEADER and " " in value) or (strong and mixed(value, SHORTEST_SAID))
    if low.endswith((*CODES, "code", "codes")):
        return (prose or low.endswith(("pin", "otp"))) and CODE.fullmatch(value) is not None
    if low.endswith("secret_id"):
        return UUID.fullmatch(value) is not None
    of_password = "pass" in low or "pwd" in low or low.endswith(("pw", "psk"))
    if prose or not any(c in value.rstrip("=") for c in "()="):
        if of_password:
            return _of_password(value, strong=strong, in_quotes=in_quotes)
        if strong:
            return _of_token(value, name, prose=prose, in_quotes=in_quotes)
    return False


def _of_password(value: str, *, strong: bool, in_quotes: bool) -> bool:
    if in_quotes and strong:
        return " " not in value or mixed(value.replace(" ", ""), SHORTEST_WEAK)
    if strong or in_quotes:
        return mixed(value, SHORTEST_SAID)
    return mixed(value, SHORTEST_WEAK) and random_looking(value)


def _of_token(value: str, name: Name, *, prose: bool, in_quotes: bool) -> bool:
    if in_quotes and prose:
        return " " not in value
    if in_quotes and name.text.isupper():
        return mixed(value)
    if given_out(value, name):
        return True
    return mixed(value, SHORTEST_TOKEN if "token" in name.text.lower() else SHORTEST_WEAK) and random_looking(value)
