from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-rollback-works.md"


def test_every_test_that_the_page_on_rollback_names_exists() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    assert len(named) > 40
    assert named - there == set()


def test_the_page_on_rollback_answers_for_every_known_failure() -> None:
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) >= 34
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    for number, state in rows:
        assert "`test_" in state or "not handled, because" in state, number
