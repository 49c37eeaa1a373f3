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
    random_looking,
    secret,
)

_LISTED = re.compile(rf"(?:{QUOTE.pattern})\s{{0,4}},?\s{{1,8}}(?={QUOTE.pattern})", re.IGNORECASE)
_PROSE = re.compile(
    r"""(?:[ ]+(?:for|of|von|de)[ ]+(?:the[ ]|user[ ]|account[ ])?\S{1,40})?[ ]{1,3}
    (?:(?:is|was|are)(?:[ ](?:now|still))?
    |(?:(?:is|was|has[ ]been|were)[ ])?(?:re)?(?:set|changed|updated|rotated)?[ ]?(?:from[ ]\S{1,40}[ ])?to
    |will[ ]be|ist|lautet|est|es|\u00e8|\u00e9|=)[ ]{0,2}:?[ ]{1,3}""",
    re.VERBOSE | re.IGNORECASE,
)
_BESIDE = re.compile(r"[ \t]{0,8}\|[ \t]{0,8}|\(|[ \t]{1,8}")
_SPACE = re.compile(r"[ \t]{1,8}")
_NEXT_WORD = re.compile(r" ([a-z]{2,})(?=[ .,;!]|$)", re.MULTILINE)
_SAYS = frozenset(
    {"is", "was", "are", "to", "for", "of", "has", "will", "now", "ist", "lautet", "est", "es", "set", "reset"}
)
_SAYS_TOO = frozenset({"changed", "updated", "been", "were", "von", "de"})


def goes_on(text: str, name: Name) -> bool:
    """Whether an ordinary word follows a name, as in `token expired`."""
    word = _NEXT_WORD.match(text, name.end)
    return word is not None and not name.text.startswith("-") and word[1] not in _SAYS and word[1] not in _SAYS_TOO


def option(text: str, name: Name) -> Iterator[Span]:
    """`--password VALUE`, also as a list of arguments."""
    gap = _SPACE.match(text, name.end) or _LISTED.match(text, name.end)
    if not gap:
        return
    at = gap.end()
    span = inside[0] if (inside := quoted(text, at)) else bare(text, at, longest=LONGEST_WEAK)
    value = text[slice(*span)]
    if not value.startswith("-") and secret(value, name, in_quotes=bool(inside)):
        yield span


def said(text: str, name: Name) -> Iterator[Span]:
    """In prose and statements: `the password is VALUE`, `password VALUE`, `('authorization', 'VALUE')`."""
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
    if low.endswith(CODES):
        return prose and CODE.fullmatch(value) is not None
    of_password = "pass" in low or "pwd" in low or low == "pw"
    if not (strong or of_password) or (not prose and any(c in value for c in "()=")):
        return False
    if in_quotes and (prose or of_password):
        return strong and " " not in value
    if strong and of_password:
        return mixed(value, SHORTEST_SAID)
    return mixed(value, SHORTEST_TOKEN if "token" in low else SHORTEST_WEAK) and random_looking(value)
