"""Secrets in columns: the name stands in a head line, the values below it or in the second list of a statement.

Knows: separated values, tables of databases, aligned columns, `INSERT`. Must not know: which names mean a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flightrules.state.masking.names import Name
from flightrules.state.masking.spans import Span
from flightrules.state.masking.values import mixed

_MOST_ROWS, _LONGEST_LINE, _LONGEST_LIST = 50, 2_000, 4_000
_SHORTEST = 4
_SEPARATED = re.compile(r"""["'`]?[ ]?(?P<separator>[|,;\t])|["'`]?\r?\n|[ ]{2}|[ ]+\|""")
"""Separator after a name in the head of a table."""
_BEFORE = re.compile(r"""(?:^|[|,;\t]|[ ]{2}|\|[ ]+)["'`]?\Z""")
_HEAD = re.compile(r"""\s*["'`]?[\w.$ -]{1,64}["'`]?\s*""")
_ONE_WORD = re.compile(r"""\s?["'`]?[\w.$-]{1,64}["'`]?\s?""")
_RULE = re.compile(r"[-+=|\s:]+")
_ALIGNED = re.compile(r"(?:[\w.()%-]{1,40}(?: [\w.()%-]{1,40})?(?:\s{2,}|\s*$))+")
_VALUES = re.compile(r"\s{0,20}\)\s{0,20}values\s{0,20}\(", re.IGNORECASE)
_ROW = re.compile(r"\s{0,20}\)\s{0,20},\s{0,20}\(")
_FIELD = re.compile(r"\s*(?:[EN]?'(?P<text>(?:[^'\\]|''|\\.){0,4000})'|[^,()']{0,400})\s*(?P<more>,?)")

_Cell = Callable[[str], Span | None]


def in_columns(text: str, name: Name) -> Iterator[Span]:
    """The values of a column that bears the name of a secret."""
    if separated := _SEPARATED.match(text, name.end):
        start = text.rfind("\n", 0, name.start) + 1
        end = text.find("\n", name.end)
        if 0 <= end <= start + _LONGEST_LINE and _BEFORE.search(text[start : name.start]):
            yield from _below(text, end + 1, _cells(text[start:end], name.start - start, separated["separator"]))


def _cells(head: str, place: int, separator: str | None) -> _Cell | None:
    """Return the way to find the cell of a row that belongs to this column of the head."""
    separator = separator or next((one for one in "|\t,;" if one in head), None)
    if separator is None:
        return _aligned(place) if _ALIGNED.fullmatch(head, place) and place else None
    cells = head.strip().split(separator)
    form = _HEAD if separator == "|" else _ONE_WORD
    if not all(form.fullmatch(cell) or not cell for cell in cells):
        return None
    return _separated(separator, head.lstrip().count(separator), head.count(separator, 0, place))


def _separated(separator: str, most: int, column: int) -> _Cell:
    def cell(line: str) -> Span | None:
        if line.count(separator) != most:
            return None
        start = -1
        for _ in range(column):
            start = line.find(separator, start + 1)
        end = line.find(separator, start + 1)
        return start + 1, end if end >= 0 else len(line)

    return cell


def _aligned(place: int) -> _Cell:
    def cell(line: str) -> Span | None:
        if len(line) <= place or line[place - 1] != " " or line[place] == " ":
            return None
        end = line.find(" ", place)
        return place, end if end >= 0 else len(line)

    return cell


def _below(text: str, at: int, cell: _Cell | None) -> Iterator[Span]:
    """The cells under a name, as long as lines are made like the head."""
    for _ in range(_MOST_ROWS if cell else 0):
        end = text.find("\n", at)
        line = text[at : end if end >= 0 else len(text)]
        if not _RULE.fullmatch(line):
            found = cell(line) if cell and len(line) <= _LONGEST_LINE else None
            if found is None:
                return
            value = line[slice(*found)].strip("\"'` \r")
            if mixed(value, _SHORTEST) and " " not in value:
                first = at + line.index(value, found[0])
                yield first, first + len(value)
        if end < 0:
            return
        at = end + 1


def inserted(text: str, name: Name) -> Iterator[Span]:
    """`INSERT INTO t (user, token) VALUES ('ann', 'SECRET')`."""
    opened = text.rfind("(", max(0, name.start - _LONGEST_LIST), name.start)
    closed = text.find(")", name.end, name.end + _LONGEST_LIST)
    row = _VALUES.match(text, closed) if 0 <= opened < closed else None
    if row is None:
        return
    column, until = text.count(",", opened, name.start), row.end() + 2 * _LONGEST_LIST
    for _ in range(_MOST_ROWS):
        at, place = row.end(), 0
        while field := _FIELD.match(text, at, until):
            if place == column and field["text"]:
                yield field.span("text")
            at, place = field.end(), place + 1
            if not field["more"]:
                break
        row = _ROW.match(text, at)
        if row is None:
            return
