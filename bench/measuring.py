"""Code that all benchmarks share: rows of timings, ratios beside their goals, and how both are printed.

Knows: numbers. Must not know: what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was timed several times in a run."""

    name: str
    seconds: Sequence[float]

    @property
    def cells(self) -> tuple[str, ...]:
        """Name, count, minimum, median, p99, maximum, in milliseconds."""
        low, middle, high = min(self.seconds), median(self.seconds), max(self.seconds)
        times = (low, middle, percentile(self.seconds, 99), high)
        return self.name, str(len(self.seconds)), *(f"{1000 * value:.2f}" for value in times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A number beside what it should be."""

    name: str
    value: float
    limit: float
    at_most: bool = True
    unit: str = "x"

    @property
    def cells(self) -> tuple[str, ...]:
        """Name, value, goal, verdict."""
        digits = 2 if self.unit == "x" else 0
        bound = f"{'at most' if self.at_most else 'at least'} {self.limit:g} {self.unit}"
        return self.name, f"{self.value:.{digits}f} {self.unit}", bound, "PASS" if self.met else "FAIL"

    @property
    def met(self) -> bool:
        """Return True if the value meets its goal."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Results of one benchmark."""

    title: str
    rows: Sequence[Row] = ()
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()

    def lines(self) -> Iterable[str]:
        """The outcome in Markdown."""
        yield f"## {self.title}"
        if self.rows:
            yield ""
            yield from table(("what", "n", "min ms", "median ms", "p99 ms", "max ms"), [row.cells for row in self.rows])
        if self.goals:
            yield ""
            yield from table(("ratio", "measured", "goal", ""), [goal.cells for goal in self.goals])
        for note in self.notes:
            yield ""
            yield note
        yield ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """A Markdown table with columns of even width."""
    widths = [max(len(cells[place]) for cells in (head, *rows)) for place in range(len(head))]
    for cells in (head, ["-" * width for width in widths], *rows):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
