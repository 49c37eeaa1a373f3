"""Index of which test carries which rule, read from the tests' source.

Knows: markers. Must not know: what a rule says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent


class Shown(NamedTuple):
    """One rule, named by one test or by a whole module of tests."""

    rule: str
    path: str
    """Below tests/."""
    line: int
    test: str
    """The test's name; empty where a whole module names the rule."""


def marked(source: str, path: str = "") -> Iterator[Shown]:
    """Every rule that a module names in `pytest.mark.requirement(...)`."""
    tree = ast.parse(source)
    inside = {
        id(node): function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in function.decorator_list
        for node in ast.walk(decorator)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("mark.requirement"):
            continue
        for argument in node.args:
            given = argument.value if isinstance(argument, ast.Constant) else None
            if not isinstance(given, str):
                raise TypeError(f"{path}, line {node.lineno}: a requirement is named by a plain string")
            yield Shown(given, path, node.lineno, inside.get(id(node), ""))


def every_mark() -> list[Shown]:
    """All over tests/, contracts that test modules share included."""
    paths = [path for path in sorted(TESTS.rglob("*.py")) if path.name != "test_requirements.py"]
    return [mark for path in paths for mark in marked(path.read_text(encoding="utf-8"), str(path.relative_to(TESTS)))]
