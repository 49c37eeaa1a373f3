"""Writes down what came of each project: one line each, so that the figure is the sum of several runs."""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Lock

from tests.equivalence.playing import Played

_ROOT = Path(__file__).parents[2]
_COLUMNS = ("commit", "seed", "number", "verdict", "seconds", "project", "why")


def commit() -> str:
    """The commit that is tested; with a mark where the work tree holds more."""
    said = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    return subprocess.run(said, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


@dataclass
class Record:
    """The file to which each project that was played is added."""

    path: Path
    seed: int
    commit: str

    def __post_init__(self) -> None:
        self._lock = Lock()

    def add(self, done: Played) -> None:
        """Add one line."""
        why = "; ".join(map(str, done.verdict.silent)) or "; ".join(done.verdict.told.values()) or done.verdict.why
        values = (
            self.commit,
            self.seed,
            done.project.number,
            done.verdict.word,
            f"{done.seconds:.1f}",
            done.project.words(),
            " ".join(why.split())[:600],
        )
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            course = self.path.parent / f"{self.path.stem}-{self.seed}-{done.project.number}.txt"
            course.write_text(_course(done))
            new = not self.path.exists()
            with self.path.open("a") as lines:
                if new:
                    lines.write("\t".join(_COLUMNS) + "\n")
                lines.write("\t".join(map(str, values)) + "\n")


def _course(done: Played) -> str:
    """Return what was said on the way, for whoever looks into a verdict."""
    said = done.course
    parts = {
        "observed": said.observed,
        "approval": said.approval,
        "refusal": said.refusal,
        "state": said.state,
        "says": said.says,
        "silent": "\n".join(map(str, done.verdict.silent)),
        "told": "\n".join(f"{one}\n  by: {words}" for one, words in done.verdict.told.items()),
    }
    lines = [f"== {name}\n{text}\n" for name, text in parts.items()]
    return f"{done.verdict.word}: {done.project.words()}\n{done.verdict.why}\n" + "".join(lines)


def summed(path: Path) -> str:
    """The figures of a record: how often each verdict stands in it, by commit."""
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    by_commit: dict[str, Counter[str]] = {}
    for row in rows:
        by_commit.setdefault(row[0], Counter())[row[3]] += 1
    seconds = median(float(row[4]) for row in rows) if rows else 0.0
    lines = [
        f"{name}: {sum(words.values())} projects: {', '.join(f'{n} {word}' for word, n in words.most_common())}\n"
        for name, words in by_commit.items()
    ]
    return "".join(lines) + f"{len(rows)} projects, median {seconds:.0f} s each\n"
