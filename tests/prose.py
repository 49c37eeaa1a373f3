"""Checks of prose for `make check`: how docstrings open, and how long the subjects of commits are.

Knows: the words that no docstring opens with, and the commit from which subjects are held to their length.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = ("src", "tests", "sandbox", "bench", "docs")
RELATIVE = frozenset({"How", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Whose", "Why"})
MOST = 72
SINCE = "e42a7b7"
"""The last commit before subjects were checked."""


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of each docstring, those below attributes included."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        before: ast.stmt | None = None
        for number, statement in enumerate(node.body):
            documents = number == 0 or isinstance(before, ast.Assign | ast.AnnAssign)
            value = statement.value if isinstance(statement, ast.Expr) and documents else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield statement.lineno, value.value
            before = statement


def openings(text: str) -> list[tuple[int, str]]:
    """Line and first word of each docstring that opens with a relative word."""
    words = ((line, said.split()[0]) for line, said in docstrings(ast.parse(text)) if said.split())
    return [(line, word) for line, word in words if word in RELATIVE]


def long_subjects(subjects: list[str]) -> list[str]:
    """Subjects of commits that are longer than they may be."""
    return [subject for subject in subjects if len(subject) > MOST]


def _subjects() -> list[str]:
    words = ("git", "-C", str(ROOT), "log", "--format=%s", f"{SINCE}..HEAD")
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    return told.stdout.splitlines()  # none in an archive, which has no history


def main() -> int:
    """Print each finding; 1 if there is one."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: a docstring opens with a noun or an imperative, not with {word!r}"
        for top in CODE
        for path in sorted((ROOT / top).rglob("*.py"))
        for line, word in openings(path.read_text())
    ]
    found += [f"subject of more than {MOST} characters: {subject}" for subject in long_subjects(_subjects())]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
