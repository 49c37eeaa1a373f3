"""Changes that another policy would have made, as a table for a terminal, as Markdown and as HTML.

Knows: how the three look. Must not know: how a change was found. Text from a log is shown, never read as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from flightrules.state.archive.what_if import SAYS, Change, Kind, Supposed, balance, by_kind, in_order, settings_of_all
from flightrules.state.untrusted import one_line
from flightrules.state.words import counted
from flightrules.templates.columns import columns, narrowed
from flightrules.templates.markdown import line

HEAD = ("change", "incident", "event", "what", "was", "would be", "minutes")
SETTINGS_HEAD = ("setting", "was", "would be", "incidents")
TITLE = "What another policy would have changed"
INDENT = "  "
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


def setting_rows(supposed: Sequence[Supposed]) -> list[tuple[str, ...]]:
    """One row for each setting that the other policy has otherwise."""
    return [
        (setting.name, _cut(setting.was), _cut(setting.would_be), str(times))
        for setting, times in settings_of_all(supposed)
    ]


def in_short(supposed: Sequence[Supposed]) -> list[str]:
    """Return the lines to print beside the table."""
    changes = in_order(supposed)
    saved, unknown = balance(changes)
    otherwise = sum(bool(one.changes) for one in supposed)
    told = [f"{counted(len(supposed), 'incident')}, {otherwise} of them would have gone differently."]
    if not any(one.settings for one in supposed):
        told.append("The policy has no setting otherwise than the one that counted then.")
    told += [_how_often(*one) for one in by_kind(supposed)]
    if not any(change.kind == "permission" for change in changes):
        told.append("No call that was refused would have been allowed.")
    if changes:
        not_told = f"for {counted(unknown, 'change')} they do not tell"
        told.append(f"Minutes saved, as far as the logs tell: {saved:g}; {not_told}.")
    return told + [f"{one.incident} could not be judged to its end: {one.reason}" for one in supposed if one.reason]


def _how_often(kind: Kind, times: int, incidents: int) -> str:
    return f"{SAYS[kind].capitalize()}: {times}, in {counted(incidents, 'incident')}."


def as_table(supposed: Sequence[Supposed], width: int) -> str:
    """For a terminal of that width: changes of a kind stand together."""
    blocks = [in_short(supposed)]
    if changed := in_order(supposed):
        body = [row[1:] for row in rows(changed)]
        widths = narrowed([HEAD[1:], *body], width - len(INDENT), (2, 3, 4))
        lines = [f"{INDENT}{text}" for text in columns([HEAD[1:]], widths)]
        for kind, group in groupby(zip(changed, body, strict=True), key=lambda one: one[0].kind):
            lines += [SAYS[kind], *(f"{INDENT}{text}" for text in columns([row for _, row in group], widths))]
        blocks.insert(0, lines)
    if settings := setting_rows(supposed):
        cells = [SETTINGS_HEAD, *settings]
        blocks.insert(0, columns(cells, narrowed(cells, width, (1, 2))))
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def as_markdown(supposed: Sequence[Supposed]) -> str:
    """For an issue or a page."""
    lines = [f"# {TITLE}", "", *(f"- {line(told)}" for told in in_short(supposed))]
    for title, head, body in _parts(supposed):
        table = [head, tuple("---" for _ in head), *(tuple(map(line, row)) for row in body)]
        lines += ["", f"## {title}", "", *(f"| {' | '.join(row)} |" for row in table)]
    return "\n".join(lines) + "\n"


def as_html(supposed: Sequence[Supposed]) -> str:
    """A page that stands for itself."""
    kinds = [change.kind for change in in_order(supposed)]
    parts = [f"<p>{escape(text)}</p>" for text in in_short(supposed)]
    for title, head, body in _parts(supposed):
        classes = kinds if head is HEAD else [""] * len(body)
        parts += [f"<h2>{title}</h2>", "<table>", f"<thead>{_row('th', head)}</thead>", "<tbody>"]
        parts += [_row("td", row, name) for name, row in zip(classes, body, strict=True)]
        parts += ["</tbody>", "</table>"]
    return PAGE.format(title=TITLE, parts="\n".join(parts))


def _row(cell: str, row: Sequence[str], name: str = "") -> str:
    begin = f'<tr class="{name}">' if name else "<tr>"
    return begin + "".join(f"<{cell}>{escape(text)}</{cell}>" for text in row) + "</tr>"


def _parts(supposed: Sequence[Supposed]) -> Iterator[tuple[str, Sequence[str], list[tuple[str, ...]]]]:
    """The tables that are not empty, each with its title and its head."""
    for title, head, body in (
        ("What the policy has otherwise", SETTINGS_HEAD, setting_rows(supposed)),
        ("What would have been different", HEAD, rows(in_order(supposed))),
    ):
        if body:
            yield title, head, body


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem }}
table {{ border-collapse: collapse }}
th, td {{ text-align: left; padding: .3rem .8rem; border-bottom: 1px solid #ccc; vertical-align: top }}
tr.permission td {{ background: #fde8e8 }}
</style>
<h1>{title}</h1>
{parts}
</html>
"""
