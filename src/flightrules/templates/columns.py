"""Rows as aligned columns of a terminal.

Knows: how cells are wrapped and aligned. Must not know: what stands in them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

GAP = "  "


def columns(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """The lines of all rows, each cell wrapped to the width of its column."""
    return [line for row in rows for line in _lines(row, widths)]


def narrowed(rows: Sequence[Sequence[str]], width: int, may_wrap: Sequence[int], *, least: int = 12) -> list[int]:
    """The widths that columns need; where there is less, those that may wrap give way, the widest first."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = width - len(GAP) * (len(widths) - 1)
    while sum(widths) > left and max(widths[column] for column in may_wrap) > least:
        widths[max(may_wrap, key=widths.__getitem__)] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    cells = [_wrapped(text, size) for text, size in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        yield GAP.join(part.ljust(size) for part, size in zip(parts, widths, strict=True)).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, width, break_on_hyphens=False)]
    return lines or [""]
