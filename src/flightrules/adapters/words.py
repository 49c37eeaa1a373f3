"""Splits text into the words by which it is found, the same way for every store.

Knows: letters and digits. Must not know: what is searched.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> tuple[str, ...]:
    """The words of a text in order, folded so that case and accents do not matter."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return tuple(_WORD.findall("".join(char for char in apart if not unicodedata.combining(char))))
