"""What another policy would have changed, as a table for a terminal, as Markdown and as HTML.

Knows: how the three look. Must not know: how a change was found. Text from a log is shown, never read as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from flightrules.state.untrusted import one_line
from flightrules.state.what_if import SAYS, Change, Supposed, balance, in_order
from flightrules.state.words import counted
from flightrules.templates.markdown import line

HEAD = ("change", "incident", "event", "what", "was", "would be", "minutes")
LONGEST = 200


def rows(changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """One row a change."""
    return [
        (SAYS[c.kind], c.incident, f"#{c.event}", c.what, _cut(c.was), _cut(c.would_be), _minutes(c.minutes))
        for c in changes
    ]


def _cut(text: str) -> str:
    return one_line(text, LONGEST)


def _minutes(minutes: float | None) -> str:
    if minutes is None:
        return "not known"
    return f"{minutes:g} saved" if minutes >= 0 else f"{-minutes:g} lost"


def in_short(supposed: Sequence[Supposed]) -> list[str]:
    """What to say beside the table."""
    changes = in_order(supposed)
    saved, unknown = balance(changes)
    allowed = sum(change.kind == "permission" for change in changes)
    otherwise = sum(bool(one.changes) for one in supposed)
    told = [
        f"{counted(len(supposed), 'incident')}, {otherwise} of them would have gone differently.",
        f"{allowed} calls that were refused would have been allowed.",
        f"Minutes saved, as far as the logs tell: {saved:g}; for {unknown} changes they do not tell.",
    ]
    return told + [f"{one.incident} could not be judged to its end: {one.reason}" for one in supposed if one.reason]


def as_table(supposed: Sequence[Supposed]) -> str:
    """For a terminal."""
    cells = [HEAD, *rows(in_order(supposed))]
    widths = [max(len(row[place]) for row in cells) for place in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([*lines, "", *in_short(supposed)]) + "\n"


def as_markdown(supposed: Sequence[Supposed]) -> str:
    """For an issue or a page."""
    table = [HEAD, tuple("---" for _ in HEAD), *(tuple(map(line, row)) for row in rows(in_order(supposed)))]
    lines = [f"| {' | '.join(row)} |" for row in table]
    return (
        "\n".join(["# What another policy would have changed", "", *lines, "", *map(line, in_short(supposed))]) + "\n"
    )


def as_html(supposed: Sequence[Supposed]) -> str:
    """A page that stands for itself."""
    head = "".join(f"<th>{escape(name)}</th>" for name in HEAD)
    changes = in_order(supposed)
    body = "\n".join(
        f'<tr class="{change.kind}">' + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for change, row in zip(changes, rows(changes), strict=True)
    )
    said = "\n".join(f"<p>{escape(text)}</p>" for text in in_short(supposed))
    return PAGE.format(head=head, body=body, said=said)


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>What another policy would have changed</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem }}
table {{ border-collapse: collapse }}
th, td {{ text-align: left; padding: .3rem .8rem; border-bottom: 1px solid #ccc; vertical-align: top }}
tr.permission td {{ background: #fde8e8 }}
</style>
<h1>What another policy would have changed</h1>
{said}
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</html>
"""
