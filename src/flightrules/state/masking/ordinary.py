"""Ordinary words: a text made of nothing else is done with before any rule looks at it.

Knows: the words that show a secret, and that text repeats its vocabulary. Must not know: what a rule does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from flightrules.state.masking.keys import SPACED, Kind, kind_of
from flightrules.state.masking.searching import first_of
from flightrules.state.visible import PLAIN

_RAREST = {" on >": ">", "net user": "net", "mc config host add": "mc", "db2 connect": "db2", "rman target": "rman"}
"""Parts of words that show a secret, where the longest part is a common word."""
_MOST_WORDS = 8192
_DIGIT = re.compile(r"\d")


class Least(NamedTuple):
    """Numbers of characters from which on a text is no ordinary one."""

    run: int
    """Letters and digits without a space between."""
    digits: int
    colons: int


class Ordinary:
    """Tells texts in which no rule could find anything; most titles, names and sentences are such."""

    def __init__(self, names: Iterable[str], words: Iterable[str], signs: Iterable[str], least: Least) -> None:
        """`names`, `words` and `signs` show a secret; so do so many characters of a kind."""
        # A part of a word without a space: a text that holds the word holds this part in one piece.
        names = tuple(names)
        apart = (*words, *(name for name in names if " " in name))
        parts = [_RAREST.get(word) or max(word.split(), key=len) for word in apart]
        self._shows = first_of([*names, *parts]).search
        self._places = first_of(parts).search
        self._quiet = bytes(code for code in PLAIN if chr(code) not in {*signs})
        self._least = least
        self._known = {""}
        """Words without a digit that were looked at before."""

    def __call__(self, text: str) -> bool:
        """Return True if no rule could find anything in a text."""
        known = self._known
        rest = [word for word in text.lower().split(" ") if word not in known]
        return not rest or self._all(rest)

    def _all(self, rest: list[str]) -> bool:
        """Return True if nothing is in these words, and remember those that other texts may have too."""
        text, least = " ".join(rest), self._least
        if not text.isascii() or text.encode().translate(None, self._quiet):
            return False
        if self._shows(text) and not all(self._means_nothing(word) for word in rest if self._shows(word)):
            return False
        if len(text) >= least.digits and (
            max(map(len, rest)) >= least.run or len(_DIGIT.findall(text)) >= least.digits
        ):
            return False
        if text.count(":") >= least.colons:
            return False
        if words := [word for word in rest if ":" not in word and not _DIGIT.search(word)]:
            if len(self._known) >= _MOST_WORDS:
                self._known = {""}
            self._known.update(words)
        return True

    def _means_nothing(self, word: str) -> bool:
        """Return True if a word holds the stem of a name and is not such a name: `answers`."""
        alone = word.isalpha() and not word.startswith(SPACED)
        return alone and self._places(word) is None and kind_of(word) is Kind.NONE
