"""Projects are drawn alike from one seed, and each pair of features comes."""

from __future__ import annotations

from tests.equivalence.drawing import APART, drawn, pairs


def test_a_seed_gives_the_same_projects_and_more_of_them_begin_alike() -> None:
    assert drawn(4, 7).projects == drawn(6, 7).projects[:4]
    assert drawn(4, 7).projects != drawn(4, 8).projects


def test_each_pair_of_features_comes_within_two_hundred_projects() -> None:
    run = drawn(200, 3)
    assert run.missing == set()
    assert pairs() & APART == set()


def test_some_projects_stand_behind_the_gate_and_some_settings_do_not_tell_the_words() -> None:
    projects = drawn(30, 3).projects
    assert {project.gated for project in projects} == {True, False}
    assert {project.told for project in projects} == {True, False}
    assert {project.kind for project in projects} == {"compose", "checkout", "releases"}
