"""Loops in a timeline drawn together, and long lists shortened, so that a report stays readable.

Knows: which kinds of entries an agent in a loop makes, and how many are shown. Must not know: how a report looks.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from flightrules.state import events as e
from flightrules.state.report.entry import TimelineEntry

LOOPS = frozenset({e.CallRefused.kind, e.AssessmentStarted.kind, e.AssessmentRecorded.kind})
"""Kinds that change little when they come again and again."""

FEW = 6
"""So many entries of one run are shown one by one."""

SHOWN = 60
"""So many items stand at each end of a long list."""


def fold_loops(entries: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """The entries, with those of a loop drawn together: what one actor repeats, without anything else in between."""
    folded: list[TimelineEntry] = []
    for looping, run in itertools.groupby(entries, key=lambda entry: (entry.kind in LOOPS and entry.actor) or ""):
        together = [*run]
        folded += _folded(together) if looping else together
    return tuple(folded)


def _folded(run: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """One run of a loop: refusals of one wording are one entry, however few; the rest only where it is long."""
    refused = [entry for entry in run if entry.kind == e.CallRefused.kind]
    others = [entry for entry in run if entry.kind != e.CallRefused.kind]
    shown = {id(entry): entry for entry in (others if len(others) <= FEW else (*others[:2], *others[-2:]))}
    if len(others) > FEW:
        left = others[2:-2]
        shown[id(left[0])] = replace(left[0], text=f"{len(left)} more like these, until event {left[-1].source[1:]}")
    if len(refused) > FEW:
        shown[id(refused[0])] = _repeated(refused)
    else:
        shown |= {id(same[0]): _repeated(same) for same in _in_a_row(refused)}
    return [shown[id(entry)] for entry in run if id(entry) in shown]


def _in_a_row(refused: Sequence[TimelineEntry]) -> list[list[TimelineEntry]]:
    return [[*same] for _, same in itertools.groupby(refused, key=lambda entry: entry.text)]


def _repeated(refused: Sequence[TimelineEntry]) -> TimelineEntry:
    """Refusals in a row as one entry."""
    counts = Counter(entry.text for entry in refused)
    if len(refused) == 1:
        return refused[0]
    until = f"until event {refused[-1].source[1:]}"
    if len(counts) == 1:
        return replace(refused[0], text=f"{refused[0].text}, {len(refused)} times {until}")
    each = [f"{text.removeprefix('Refused: ')} {count} times" for text, count in counts.most_common(FEW)]
    return replace(refused[0], text=f"Refused: {', '.join(each)}, {until}")


def shortened(entries: Sequence[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """Both ends of a long timeline, and how many entries are left out between."""
    left = entries[SHOWN:-SHOWN]
    if len(left) <= SHOWN:
        return tuple(entries)
    text = f"{len(left)} more entries, until event {left[-1].source[1:]}: they stand in the log"
    return (*entries[:SHOWN], replace(left[0], kind="", text=text, actor="left out", evidence=()), *entries[-SHOWN:])
