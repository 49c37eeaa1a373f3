"""One look over a text for every word that can show a secret.

Knows: the words, and where each stands. Must not know: what is done there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flightrules.state.masking.searching import first_of


class WordPlaces(NamedTuple):
    """Places of words, in the order of the text."""

    names: list[tuple[int, tuple[str, ...]]]
    """A position, and which parts of names may stand there."""
    words: dict[str, list[int]]


NOTHING = WordPlaces([], {})
"""Result for most texts: no word is shown."""


class WordFinder:
    """Finds all of these words in one pass, also where one is the beginning of another: `pass`, `passw`, `pass:`."""

    def __init__(self, names: Iterable[str], words: Iterable[str]) -> None:
        names, words = tuple(dict.fromkeys(names)), tuple(dict.fromkeys(words))
        self._search = first_of((*names, *words)).search
        self._from = {first: (_beginning(first, names), _beginning(first, words)) for first in {*names, *words}}

    def __call__(self, folded: str) -> WordPlaces:
        """Return the places of the words in a text in lower case."""
        search, known = self._search, self._from
        found = search(folded)
        if found is None:
            return NOTHING
        shown = WordPlaces([], {})
        while found is not None:
            at = found.start()
            names, words = known[found.group()]
            if names:
                shown.names.append((at, names))
            for word in words:
                if folded.startswith(word, at):
                    shown.words.setdefault(word, []).append(at)
            found = search(folded, at + 1)
        return shown


def _beginning(first: str, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word.startswith(first))
