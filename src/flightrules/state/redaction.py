"""Takes secrets out of text before anything stores or shows it.

Knows: the rules of state/masking, in their order. Must not know: where the text came from.
A net with meshes: it catches what stands behind its name, has a known form or stands in a place for secrets; a bare
password in prose slips through. More nets can be handed in from outside (the user's own patterns): once, at the start,
so that no place where text comes in can forget them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from flightrules.state.masking import blocks as in_blocks
from flightrules.state.masking import commands as behind_commands
from flightrules.state.masking import hashes, keys, links, places, spans
from flightrules.state.masking import issued as by_issuers
from flightrules.state.masking import manifests as in_manifests
from flightrules.state.masking.blocks import blocks
from flightrules.state.masking.cards import cards
from flightrules.state.masking.commands import commands
from flightrules.state.masking.encoded import LEAST, encoded
from flightrules.state.masking.hashes import named_hashes
from flightrules.state.masking.issued import LEAST_RUN, issued, shaped
from flightrules.state.masking.keyed import keyed
from flightrules.state.masking.links import linked
from flightrules.state.masking.manifests import manifests
from flightrules.state.masking.ordinary import Least, Ordinary
from flightrules.state.masking.places import COLONS, password_files, placed, worded
from flightrules.state.masking.runs import BASE64, ascii_of, runs
from flightrules.state.masking.shown import WordFinder, WordPlaces
from flightrules.state.masking.spans import Span, masked, unmasked
from flightrules.state.visible import visible

if TYPE_CHECKING:
    from pydantic import JsonValue

MASK = spans.MASK

Net = Callable[[str], str]
"""Gives a text back without the secrets it recognises."""

_MORE: list[Net] = []

_FORGET: list[Callable[[], None]] = []
"""Called when other nets are cast: what was made of texts before is made again."""

_ROUNDS = 8
"""Maximum number of rounds of masking.

Masking can show a further secret beside the masked one. Hostile text must not keep this busy.
"""
_SHORTEST_RUN = 13
"""Characters that the number of a card has at least; tokens without a name beside them are longer."""
_DEEPEST = 2
"""Maximum depth at which base64 is looked for inside decoded base64."""
_SHORT, _KNOWN_TEXTS = 300, 4096
"""Longest text that is remembered, and how many are: about two megabytes at most."""

_NAMES = (*keys.STEMS, *keys.WORDS)
_WORDS = (
    *(*places.SHOWN_BY, *links.SHOWN_BY, *hashes.SHOWN_BY),
    *(*behind_commands.SHOWN_BY, *by_issuers.SHOWN_BY, *in_blocks.SHOWN_BY, *in_manifests.SHOWN_BY),
)
_look = WordFinder(_NAMES, _WORDS)
"""Most texts hold none of the words that show a secret, and are done with after one look."""

_ordinary = Ordinary(_NAMES, _WORDS, places.SIGNS, Least(LEAST_RUN, _SHORTEST_RUN, COLONS))

_TITLE = 64
_CLEAN: set[str] = set()
"""Titles and names without a secret, as answers and documents repeat them. What held a secret is not kept."""
_FORGET.append(_CLEAN.clear)

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
    """Cache of results for short texts. When it is full it is cleared, which costs little and needs no bookkeeping."""

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
    """The text with each secret that is recognised replaced by `[redacted]`.

    Where characters that cannot be seen hide a secret, the text comes back without them.
    """
    if len(text) > _TITLE:
        return _redact(text)
    if text in _CLEAN or (_ordinary(text) and not _MORE):
        return text
    made = _redact(text)
    if made == text:
        if len(_CLEAN) >= _KNOWN_TEXTS:
            _CLEAN.clear()
        _CLEAN.add(text)
    return made


def _redact(text: str) -> str:
    plain = visible(text)
    if plain != text and (clear := redact_visible(plain)) != plain:
        return clear
    return redact_visible(text)


def redact_visible(text: str) -> str:
    """The same for a text in which nothing is hidden."""
    for _ in range(_ROUNDS):
        if not (seen := _spans(text)) or not (found := unmasked(text, seen)):
            break
        text = masked(text, found)
    for net in _MORE:
        text = net(text)
    return text


def _spans(text: str, depth: int = 0) -> list[Span]:
    """Return the spans that the rules recognise as secrets."""
    folded = text.lower() if text.isascii() else text.replace("\u0130", "i").lower()  # it is two in small letters
    shown = _look(folded)
    found: list[Span] = []
    if shown.names or not text.isascii():
        found += keyed(text, folded, shown)
    if shown.words:
        found += [*commands(text, shown), *worded(text, shown), *linked(text, shown), *shaped(text, shown)]
        found += [*named_hashes(text, shown), *manifests(text, shown)]
    for sign in places.SIGNS:
        if sign in text:
            found += placed(text)
            break
    return [*found, *_unnamed(text, shown, depth)] if len(text) >= _SHORTEST_RUN else found


def _unnamed(text: str, shown: WordPlaces, depth: int) -> list[Span]:
    """Return the spans of digits, or of long runs of letters and digits, that show a secret by themselves."""
    data = ascii_of(text)
    found = cards(text, data)
    if text.count(":") >= COLONS:
        found += password_files(text, data)
    if long_runs := runs(data, BASE64, LEAST_RUN):
        found += issued(text, data)
        if (long_runs := [span for span in long_runs if span[1] - span[0] >= LEAST]) and depth < _DEEPEST:
            found += encoded(text, long_runs, lambda inner: bool(_spans(inner, depth + 1)))
    if long_runs or shown.words:
        found += blocks(text, shown, long_runs)
    return found


def redacted(value: JsonValue) -> JsonValue:
    """A JSON value with the secrets taken out of each of its texts; names of fields stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return {name: redacted(item) for name, item in value.items()} if isinstance(value, dict) else value
