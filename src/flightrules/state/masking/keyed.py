"""Secrets that are assigned to their name, in any syntax: settings, JSON, YAML, headers, code.

Knows: how a name and its value stand together.
Must not know: which names mean a secret (keys.py), how a value ends (values.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flightrules.state.masking.apart import apart, beside_value
from flightrules.state.masking.headers import end_of_line, header
from flightrules.state.masking.keys import Kind
from flightrules.state.masking.names import Name, names
from flightrules.state.masking.said import goes_on, option, said, says_nothing
from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import MASK, Span
from flightrules.state.masking.tables import in_columns, inserted
from flightrules.state.masking.values import LONGEST, LONGEST_WEAK, QUOTE, bare, mixed, plainly_no_secret, quoted
from flightrules.state.masking.weighing import secret

_ASSIGNED = re.compile(
    rf"""(?P<close>(?:{QUOTE.pattern})?)(?:\*\*|__)?(?:[ ]\d{{1,2}})?[\])]?\s{{0,8}}\.{{0,40}}[ ]?
    (?P<sep>(?<=\.{{6}})(?=["'])|=>|->|:=|==?|::?|\uff1d|\uff1a|%3[dDaA]|&\#61;|\\{{1,15}}u003[dDaA]|\\x3[dDaA])
    (?:\*\*|__)?[ \t+]{{0,40}}(?:\\\r?\n[ \t]{{0,40}})?
    (?:\n?[ \t]*(?:string\(\d+\)|SecretStr\(|Some\(|Optional\[)[ \t]*|[bruf](?=["'])|&(?=["']))?""",
    re.VERBOSE | re.IGNORECASE,
)
"""A name's end, what assigns, and what a language wraps around the value."""
_NEXT_LINE = re.compile(r"(?P<block>[|>][+-]?\d?)?[ \t]*\r?\n(?P<indent>[ \t]+)(?P<value>\S[^\n]*)")
_BREAKS = frozenset("|>\r\n")
_WRAPPED = re.compile(
    rf"\s{{0,8}}(?:{QUOTE.pattern})?(?:value|default|plain|text)(?:{QUOTE.pattern})?\s{{0,4}}[:=]\s{{0,4}}",
    re.IGNORECASE,
)
_CIPHERED = re.compile(r"[A-Za-z0-9]{2,12}\}([^\s\"'}]{8,400})")
"""A value behind the name of its cipher: `{AES}...`."""
_MEMBER = re.compile(r'"[^"\n]{1,64}"\s{0,4}:\s{0,4}"(?=[^"\n]{0,60}\d)(?=[^"\n]{0,60}[A-Z])([^"\n]{20,400})"')
_STRUCTURE = re.compile(r"[{:=$\s]")
_NESTED = re.compile(r"[\w.\"'-]+:(?:\s|$)")
_LIST_OF_NUMBERS = re.compile(r"[\d\s,.]*")
_SYNTAX_ERROR = re.compile(r"\b(?:un)?expected |\billegal |\bunknown |\breserved |\bnext ", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r" bytes?\b| complete\b|(?<=[a-z])(?: [a-z]{2,20})?\.\.\.")
"""Number of bytes of a secret, or a progress message: `password: 16 bytes`, `random_password.db: Creating...`."""
_FILE = re.compile(
    r"\.(?:rb|py|js|ts|go|java|kt|php|cs|ex|rs|c|h|cpp|ya?ml|json|sh|tf|sql|log|txt|html|conf|toml|ini)$"
)
_RESOURCE = re.compile(r"\barn:[\w:/-]*:\Z")
"""A name of AWS for a thing: `arn:aws:secretsmanager:eu-west-1:1234:secret:shop/db`."""
_NOTHING = frozenset({"", ",", ";", "/", "\n", "?", "!"})
_OPENING = frozenset({"<", ":", ";", ">", '"', "'"})


def keyed(text: str, folded: str, shown: WordPlaces) -> Iterator[Span]:
    """Yield the spans of values behind names that mean a secret.

    `folded` is the text in small letters, of the same length.
    """
    lines, statement = "\n" in text, "values" in folded
    first = last = 0
    for name in names(text, folded, shown):
        if first <= name.start < last:
            continue  # it stands in a value
        for first, last in _values(text, folded, name):
            yield first, last
        if name.kind is not Kind.STRONG:
            continue
        if lines:
            yield from in_columns(text, name)
        if statement:
            yield from inserted(text, name)


def _values(text: str, folded: str, name: Name) -> Iterator[Span]:
    after = text[name.end : name.end + 1]
    if after == " " and (goes_on(text, name) or says_nothing(text, name)):
        return
    if after == ":" and "arn:" in (before := text[max(0, name.start - 90) : name.start]) and _RESOURCE.search(before):
        return
    if after not in _NOTHING or (after == "\n" and name.text.startswith("-")):
        yield from _beside(text, name)
    if name.kind is Kind.WEAK:
        return
    if text[name.start - 1 : name.start] in _OPENING:
        yield from apart(text, folded, name)
    yield from beside_value(text, folded, name)


def _beside(text: str, name: Name) -> Iterator[Span]:
    if assigned := _ASSIGNED.match(text, name.end):
        yield from _assigned(text, name, assigned)
    elif name.text.startswith("-"):
        yield from option(text, name)
    else:
        yield from said(text, name)


def _assigned(text: str, name: Name, assigned: re.Match[str]) -> Iterator[Span]:
    at = assigned.end()
    if name.kind is Kind.HEADER:
        yield from header(text, name, at, closed=bool(assigned["close"]))
        return
    if assigned["sep"] == ":" and text[at : at + 1] in _BREAKS and (below := _NEXT_LINE.match(text, at)):
        yield from _below(text, name, below)
        return
    if inside := quoted(text, at):
        if secret(text[slice(*inside[0])].strip(), name, in_quotes=True):
            yield inside[0]
    elif text.startswith("[", at) and not text.startswith(MASK, at):
        yield from _list(text, name, at + 1)
    elif text.startswith("{", at):
        yield from _braced(text, name, at + 1, assigned["sep"])
    else:
        yield from _bare(text, name, at, assigned)


def _bare(text: str, name: Name, at: int, assigned: re.Match[str]) -> Iterator[Span]:
    longest = LONGEST if name.kind is Kind.STRONG else LONGEST_WEAK
    first, last = bare(text, at, encoded=assigned["sep"].startswith("%"), longest=longest)
    value = text[first:last]
    if not secret(value, name) or _SYNTAX_ERROR.search(text[max(0, name.start - 12) : name.start]):
        return
    if _SAYS_NOTHING.match(text, last) or (value[:1].isdigit() and _FILE.search(name.text)):
        return
    spaced = assigned["sep"] == ":" and assigned.group().endswith(" ")
    begins = _begins_line(text, name.start)
    if (
        spaced
        and value.isalpha()
        and value.isascii()
        and not begins
        and re.match(r"[ ]\w|[,;] ", text[last : last + 2])
    ):
        return  # prose: `invalid token: unexpected end of input`
    if begins and assigned["sep"] in {":", "="} and text.startswith(" ", last):
        last = _line_end(text, last)
    yield first, last


def _begins_line(text: str, at: int) -> bool:
    """Return True if only indentation or a list's dash stands before a name, as in YAML and settings files."""
    line = text.rfind("\n", max(0, at - 200), at) + 1
    return not text[line:at].strip(" \t-\"'") and at - line < 100  # noqa: PLR2004


def _line_end(text: str, at: int) -> int:
    """The end of a line of words; a comment, or a pair that follows, does not belong to it."""
    end = text.find("\n", at)
    rest = text[at : end if end >= 0 else len(text)]
    stop = re.search(r" #|[,;:=|{}()\[\]\"]", rest)
    return at if stop and stop.group() != " #" else at + len((rest[: stop.start()] if stop else rest).rstrip())


def _list(text: str, name: Name, at: int) -> Iterator[Span]:
    """All of a list of values."""
    end = text.find("]", at, end_of_line(text, at))
    inside = text[at:end] if end >= 0 else ""
    strong = name.kind is Kind.STRONG or name.text.lower().endswith(("codes", "keys"))
    if (
        strong
        and not plainly_no_secret(inside)
        and inside.strip()
        and "{" not in inside
        and not _LIST_OF_NUMBERS.fullmatch(inside)
    ):
        yield at, end


def _braced(text: str, name: Name, at: int, sep: str) -> Iterator[Span]:
    """A value in braces, as ODBC writes it, or in an object that holds little else."""
    if name.kind is not Kind.STRONG:
        return
    if wrapped := _WRAPPED.match(text, at):
        inside = quoted(text, wrapped.end())
        yield inside[0] if inside else bare(text, wrapped.end())
        return
    end = text.find("}", at, at + 200)
    if sep == "=" and (ciphered := _CIPHERED.match(text, at)):
        yield ciphered.span(1)
        return
    if name.text.lower().endswith("credentials"):
        yield from (member.span(1) for member in _MEMBER.finditer(text, at, end if end >= 0 else at))
        return
    if sep == "=" and end > at and not _STRUCTURE.search(text, at, end):
        yield at, end


def _below(text: str, name: Name, below: re.Match[str]) -> Iterator[Span]:
    """A value on the lines under its name."""
    line = text[text.rfind("\n", 0, name.start) + 1 : name.start]
    depth = len(line) - len(line.lstrip(" \t"))
    if len(below["indent"].expandtabs()) <= depth or name.kind is not Kind.STRONG:
        return
    if below["block"]:
        end = re.compile(rf"(?:\n(?:[ \t]{{{depth + 1}}}[^\n]*|[ \t]*(?=\n)))*").match(text, below.end("value"))
        yield below.start("value"), end.end() if end else below.end("value")
        return
    value = below["value"].removeprefix("- ").strip()
    listed = below["value"].startswith("- ")
    if not _NESTED.match(value) and not plainly_no_secret(value) and (not listed or mixed(value)):
        yield below.end("value") - len(below["value"].removeprefix("- ")), below.end("value")
