"""Projects are drawn alike from one seed, and each pair of features comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.equivalence.drawing import APART, drawn, pairs

ROOT = Path(__file__).parents[2]


def test_a_seed_gives_the_same_projects_and_more_of_them_begin_alike() -> None:
    assert drawn(4, 7).projects == drawn(6, 7).projects[:4]
    assert drawn(4, 7).projects != drawn(4, 8).projects


def test_the_code_under_test_does_not_change_what_a_seed_gives() -> None:
    asked = (
        "from tests.equivalence.drawing import drawn; print(*(one.words() for one in drawn(12, 5).projects), sep='\\n')"
    )
    with_product = f"import flightrules.bootstrap, sandbox.prodhost\n{asked}"
    said = [
        subprocess.check_output([sys.executable, "-c", text], cwd=ROOT, text=True) for text in (asked, with_product)
    ]
    assert said[0] == said[1]


def test_each_pair_of_features_comes_within_two_hundred_projects() -> None:
    run = drawn(200, 3)
    assert run.missing == set()
    assert pairs() & APART == set()


def test_some_projects_stand_behind_the_gate_and_some_settings_do_not_tell_the_words() -> None:
    projects = drawn(30, 3).projects
    assert {project.gated for project in projects} == {True, False}
    assert {project.told for project in projects} == {True, False}
    assert {project.kind for project in projects} == {"compose", "checkout", "releases"}
