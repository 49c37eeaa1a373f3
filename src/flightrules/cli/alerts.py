"""`flightrules alerts`: what monitoring says now, what nobody's rule matched, and what waits for an incident.

Knows: how a list of alerts reads. Must not know: how alerts arrive.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from flightrules.cli.session import with_application
from flightrules.service.application import Application
from flightrules.state.alerts.book import STREAM, AlertBook, Key, Known
from flightrules.state.words import counted, moment

MOST_SHOWN = 50


def run(arguments: argparse.Namespace) -> int:
    """Print the alerts that fire."""
    for line in with_application(arguments, _lines, reads=True):
        print(line)
    return 0


async def _lines(app: Application) -> list[str]:
    book = AlertBook()
    book.read(await app.incidents.records(STREAM))
    return list(alert_lines(book))


def alert_lines(book: AlertBook) -> Iterator[str]:
    """Alerts that fire, a line each: those without a target first, then those that wait, then the rest."""
    firing = [(key, one) for key, one in book.known.items() if one.state == "firing"]
    newest = sorted(firing, key=lambda item: item[1].last_at, reverse=True)
    unmatched = [item for item in newest if not item[1].target]
    waiting = [item for item in newest if item[1].target in book.pending]
    rest = [item for item in newest if item not in unmatched and item not in waiting]
    yield f"{counted(len(firing), 'alert')} fire; {len(unmatched)} match no target, {len(waiting)} wait for an incident"
    for title, items in (("no rule matches:", unmatched), ("waiting:", waiting), ("with an incident:", rest)):
        if items:
            yield title
            yield from (f"  {_line(key, one)}" for key, one in items[:MOST_SHOWN])
        if len(items) > MOST_SHOWN:
            yield f"  and {len(items) - MOST_SHOWN} more"


def _line(key: Key, one: Known) -> str:
    repeats = f", {counted(one.repeats, 'repeat')}, last {moment(one.last_at)}" if one.repeats else ""
    return f"{key[0]} {one.target or '-'} since {moment(one.heard_at)}{repeats}: {one.title}"
