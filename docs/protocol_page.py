# ruff: noqa: INP001 - docs/ is no package
"""docs/protocol.md: every line of the protocol, what carries it, and the tests that show it.

Knows: how the page reads. Must not know: any line or rule; tests/protocol_lines.py and tests/requirements.py hold them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.markers import Shown, every_mark
from tests.protocol_lines import PARTS, Row
from tests.requirements import BY_ID, RULES, Rule

SHOWN = 2
"""Tests named for one rule; the others are found by its id."""

HEAD = """# The protocol, line by line

Read off `tests/protocol_lines.py`, `tests/requirements.py` and the tests by `python -m docs.generate`; do not edit.

Each row stands for lines of the protocol as its users wrote it, in our own words. *Carried by* names the tool, the
command of a person, or the file under `src/flightrules` that does it. The rules behind it, and tests that show each of
them, stand in the second half. Blank lines, headings and fences of the protocol are left out; no other line is.
"""


def protocol_lines() -> str:
    """The page."""
    marks: dict[str, list[Shown]] = defaultdict(list)
    for mark in every_mark():
        marks[mark.rule].append(mark)
    planned = [rule for rule in RULES if rule.status == "planned"]
    counts = f"{len(RULES)} rules, {len(planned)} of them planned."
    parts = [line for part in PARTS for line in (f"## {part.title}", "", *_table(part.rows), "")]
    return "\n".join([HEAD, counts, "", *parts, "## The rules and their tests", "", *_rules(marks), ""])


def _table(rows: Sequence[Row]) -> list[str]:
    lines = ["| lines | what is asked | carried by | rules |", "| --- | --- | --- | --- |"]
    for row in rows:
        where = str(row.first) if row.first == row.last else f"{row.first}-{row.last}"
        by = ", ".join(f"`{carrier}`" for carrier in row.by)
        lines.append(f"| {where} | {row.asks} | {by} | {', '.join(map(_named, row.rules))} |")
    return lines


def _named(rule: str) -> str:
    return rule if BY_ID[rule].status == "built" else f"{rule} (planned)"


def _rules(marks: Mapping[str, Sequence[Shown]]) -> list[str]:
    """Rules of the protocol first, in its order; what design and project add after them."""
    lines = ["| rule | says | shown by |", "| --- | --- | --- |"]
    for rule in sorted(RULES, key=_place):
        shown = f"planned: {rule.note}" if rule.status == "planned" else _tests(marks[rule.id])
        lines.append(f"| {rule.id} | {rule.says} | {shown} |")
    return lines


def _place(rule: Rule) -> tuple[int, str]:
    kind, _, line = rule.source.partition(":")
    return (int(line), "") if kind == "protocol" else (len(RULES) + 1_000, rule.id)


def _tests(shown: Sequence[Shown]) -> str:
    names = list(dict.fromkeys(f"`{one.path}`{f' {_words(one.test)}' if one.test else ''}" for one in shown))
    more = " and more" if len(names) > SHOWN else ""
    return "; ".join(names[:SHOWN]) + more


def _words(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")
