"""Text from anybody, made safe to stand in Markdown: shown as it is, never read as markup.

Knows: CommonMark and GitHub's additions to it. Must not know: what a text says or which document it stands in.
Nothing here trusts its input; only text that went through one of these functions is `Safe`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from flightrules.state.redaction import remembered
from flightrules.state.untrusted import clean, one_line
from flightrules.state.words import ranges

LINE_BYTES = 4_000
BLOCK_BYTES = 8_000

_LINK = re.compile(
    r"(?:(?:[a-z][a-z0-9+.-]{1,30}:/{1,2}|(?:mailto|javascript|data|vbscript|xmpp|tel):|www\.)[^\s<>]*[^\s<>.,;:!?'\")\]]"
    r"|[\w.+-]{1,64}@[\w-]*(?:\.+[\w-]+)+"
    # GitHub takes any character but ASCII letters, digits and underscore for the beginning of a mention.
    r"|(?<![0-9a-zA-Z_])@\w[\w-]*(?:/[\w.-]+)*"
    r"|(?<![0-9a-zA-Z_])(?:gh-|(?:[\w.-]{1,100}(?:/[\w.-]{1,100})?)?\#)[0-9]+(?![0-9a-zA-Z_])"
    r"|[\w.-]{1,100}/[\w.-]{1,100}@[0-9a-f]{7,40}(?![0-9a-zA-Z_]))"
    r"(?:[@#][\w@#./-]*)?",  # what begins right behind code has a beginning of its own
    re.IGNORECASE,
)
"""Whatever a renderer turns into a link, a mention or a reference to an issue; it is shown as code instead."""

_SCHEMES = ("mailto:", "javascript:", "data:", "vbscript:", "xmpp:", "tel:")
_MARKUP = re.compile(r"[\\`*\[\]~$|_](?:(?<!_)|(?<![^\W_]_)|(?![^\W_]))")
"""The signs stand first, for then whatever lies between them is skipped at once."""
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK_START = re.compile(r"(?:#{1,6}|[-+=:])(?=[-+=:|\\\s]|$)|>|(?P<number>\d{1,9})(?=[.)](?:\s|$))")


class Safe(str):
    """Text that may stand in Markdown as it is."""

    __slots__ = ()


def line(text: object) -> Safe:
    """Any text on one line, wherever on a line it stands."""
    return known_line(str(text))


@remembered
def known_line(text: str) -> Safe:
    """The same of what is a string for certain."""
    return _escaped(one_line(text, LINE_BYTES))


def block(text: object) -> Safe:
    """Any text of several lines as paragraphs; lines are kept, indentation is not."""
    return _block(str(text))


@remembered
def _block(text: str) -> Safe:
    lines = (" ".join(part.split()) for part in clean(text, BLOCK_BYTES).split("\n"))
    joined = "\n".join(_escaped(part) for part in lines).strip("\n")
    return Safe(re.sub(r"\n{3,}", "\n\n", joined))


def number(text: object) -> Safe:
    """A pull request by its number alone, as the protocol's summary has it; anything else as a line."""
    return Safe(str(text)) if re.fullmatch(r"#[0-9]{1,9}", str(text)) else line(text)


def code(text: object) -> Safe:
    """Any text as a code span on one line; nothing of it is cut off."""
    return _code(str(text))


@remembered
def _code(text: str) -> Safe:
    plain = _whole(text).replace("\n", " ").replace("\t", " ")
    ticks = "`" * (_longest_run(plain) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return Safe(f"{ticks}{pad}{plain or ' '}{pad}{ticks}")


def fence(text: object, language: str = "sh") -> Safe:
    """Any text as a fenced code block, longer than any fence in it; nothing of it is cut off."""
    plain = _whole(text).strip("\n")
    ticks = "`" * max(3, _longest_run(plain) + 1)
    return Safe(f"{ticks}{language}\n{plain}\n{ticks}")


def _whole(text: object) -> str:
    return clean(str(text), 4 * len(str(text)))


def refs(sources: Sequence[str], *more: Sequence[str]) -> Safe:
    """Return the sources of a statement, in brackets; nothing if it has none."""
    return _refs((*sources, *itertools.chain.from_iterable(more)) if more else tuple(sources))


@remembered
def _refs(every: tuple[str, ...]) -> Safe:
    return Safe(f" ({', '.join(code(one) for one in ranges(every))})" if every else "")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _escaped(text: str) -> Safe:
    """Text between links is escaped; a link is shown as code, links without a gap as one."""
    if not _may_link(text):
        return Safe(_plain(text, start=True))
    spans: list[tuple[int, int]] = []
    for found in _LINK.finditer(text):
        touches = bool(spans) and spans[-1][1] == found.start()
        start = spans.pop()[0] if touches else found.start()
        spans.append((start, found.end()))
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    parts = [text[one:other] for one, other in itertools.pairwise(edges)]
    return Safe("".join(code(part) if n % 2 else _plain(part, start=n == 0) for n, part in enumerate(parts)))


def _may_link(text: str) -> bool:
    """Return True if a text has what every link has.

    Looking for that first costs a hundredth of matching the pattern, and most lines have no link.
    """
    if not text.isascii():
        return True  # letters that only count as these when case is ignored are left to the pattern
    if "@" in text or ":/" in text or "#" in text:
        return True
    folded = text.lower()
    return "www." in folded or "gh-" in folded or (":" in folded and any(scheme in folded for scheme in _SCHEMES))


def _plain(text: str, *, start: bool) -> str:
    marked = _ENTITY.sub("&amp;", _MARKUP.sub(r"\\\g<0>", text)).replace("<", "&lt;")
    begins = _BLOCK_START.match(marked) if start else None
    if begins is None:
        return marked
    number = begins["number"]
    return f"{number}\\{marked[len(number) :]}" if number else f"\\{marked}"
