"""Generated projects are rolled back and equal what plain compose makes; see docs/testing-the-rollback.md."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from sandbox.prodhost import Prodhost
from tests.equivalence.drawing import drawn
from tests.equivalence.playing import played
from tests.equivalence.project import Project
from tests.equivalence.running import told

SEED, NUMBERS = 1, (0, 3, 7, 12, 17, 18, 20, 22, 34, 36)
"""Fixed, so that a change of the code alone changes a verdict; `make equivalence` plays others."""


@cache
def projects() -> list[Project]:
    return drawn(max(NUMBERS) + 1, SEED).projects


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_rollback_equals_a_fresh_deployment_or_the_person_was_told(prodhost: Prodhost, number: int) -> None:
    done = played(projects()[number], prodhost.ssh)
    assert done.verdict.good, told(done)
    assert left_of(done.names) == []


def left_of(names: tuple[str, ...]) -> list[str]:
    """Return what is left of a project's containers, networks, volumes, images and processes."""
    listings = (
        ("docker", "ps", "-a", "--format", "{{.Names}} {{.Labels}}"),
        ("docker", "network", "ls", "--format", "{{.Name}}"),
        ("docker", "volume", "ls", "--format", "{{.Name}}"),
        ("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"),
        ("ps", "-eo", "args"),
    )
    lines = [line for words in listings for line in subprocess.check_output(words, text=True).splitlines()]
    return [line for line in lines if any(name in line for name in names)]


def test_some_of_these_stand_behind_the_gate() -> None:
    assert any(projects()[number].gated for number in NUMBERS)


def test_both_layouts_without_containers_are_among_them() -> None:
    assert {projects()[number].kind for number in NUMBERS} == {"compose", "checkout", "releases"}
