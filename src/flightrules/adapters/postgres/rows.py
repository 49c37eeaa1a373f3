"""Turns events into rows and back.

Knows: the columns of the tables. Must not know: transactions.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.adapters.sqlite.rows import to_row
from flightrules.adapters.words import words
from flightrules.state.log import Recorded

LONGEST_WORD = 200
"""Characters of a word that are kept: an index takes no row of more than 2,704 bytes."""


def to_columns(events: Sequence[Recorded]) -> list[list[object]]:
    """Return the columns of some events, in the order of the table."""
    return [list(column) for column in zip(*map(to_row, events), strict=True)]


def cut_words(text: str) -> list[str]:
    """Return each word of a text once, as the index holds it."""
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words(text)))
