"""Tests go to workers so that none waits for another without need, and none disturbs another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import scheduling
from tests.scheduling import ALONE, LONGEST, REAL_HOST, TOGETHER, place, unit

ROOT = Path(__file__).parents[1]
SHOP = "tests/realhost/test_restarts.py::test_one"


def test_a_file_is_one_unit_and_a_long_test_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REALHOST_DIR", "/srv/host")
    assert unit("tests/state/test_a.py::Test::test_b[x::y]") == "tests/state/test_a.py"
    assert unit(SHOP) == SHOP
    for file in TOGETHER:
        assert unit(f"{file}::test_one") == file


def test_tests_stay_together_where_each_worker_would_bring_up_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REALHOST_DIR", raising=False)
    assert unit(SHOP) == unit("tests/realhost/test_gate.py::test_two") == REAL_HOST


def test_the_longest_begin_first_and_full_files_before_small_ones() -> None:
    files = ["tests/state/test_few.py", "tests/state/test_many.py", f"{ALONE[-1]}::test_one", LONGEST[1], SHOP]
    counts = {name: 90 if "many" in name else 1 for name in files}
    assert sorted(files, key=lambda name: place(name, counts[name])) == [
        SHOP,
        LONGEST[1],
        f"{ALONE[-1]}::test_one",
        *files[1::-1],
    ]


@pytest.mark.parametrize("name", ["ALONE", "TOGETHER", "LONGEST"])
def test_what_the_order_names_is_there(name: str) -> None:
    for start in getattr(scheduling, name):
        assert (ROOT / start.partition("::")[0]).exists(), start


def test_files_that_share_a_module_fixture_on_the_real_host_are_not_torn_apart() -> None:
    """A fixture of a module is made once in each worker that has a test of it."""
    shared = ('scope="module"', "untouched: Production")
    for file in (ROOT / REAL_HOST).glob("test_*.py"):
        if any(word in file.read_text() for word in shared):
            assert f"{REAL_HOST}{file.name}" in TOGETHER
