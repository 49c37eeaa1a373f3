"""docs/threat-model.md: every test it names is there, and each row has one or says plainly that nothing stops it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ADVERSARIES = (
    "A careless agent",
    "A hostile agent without a shell",
    "A hostile agent with a shell on the server's machine",
    "A hostile log line, commit message or answer",
    "A hostile client",
    "A hostile or stolen source of alerts",
    "A stolen agent token",
    "A web page, or another service on the console's host",
    "A stolen server key",
    "Another user of a host",
    "Somebody with the database file",
    "Somebody at the database server",
    "A crash",
)


def rows(adversary: str) -> list[list[str]]:
    """The rows of one adversary's table."""
    (section,) = re.findall(rf"^## {re.escape(adversary)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_test_that_the_threat_model_names_exists() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 60
    assert sorted(named - there) == []


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_every_row_is_shown_by_a_test_or_says_that_it_is_not_stopped(adversary: str) -> None:
    found = rows(adversary)
    assert found
    for row in found:
        assert len(row) == 4, row
        assert "`test_" in row[2] or (row[2].startswith("not yet") and "not stopped" in row[1]), row


def test_every_adversary_of_the_page_is_known_here() -> None:
    others = {"What is worth guarding", "Not stopped, plainly"}
    assert set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) == {*ADVERSARIES, *others}
