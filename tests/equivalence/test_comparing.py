"""The comparison finds each planted difference in trees and records; those in containers: tests/realhost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.equivalence.commands_team import CommandsTeam
from tests.equivalence.comparing import Difference, compared, lost, trees_compared, volumes_compared
from tests.equivalence.pictures import Picture
from tests.equivalence.project import Project
from tests.equivalence.trees import Entry, digest, held, tracked

PROJECT = Project(kind="checkout", features=frozenset({"submodule_copied", "ignored_data", "modes_and_links"}))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def hosts(tmp_path: Path) -> tuple[Path, Path]:
    """Two checkouts of one release: one that is compared, and a fresh one."""
    trees = []
    for name in ("stands", "fresh"):
        team = CommandsTeam(project=PROJECT, folder=tmp_path / name, hub=tmp_path, port=1, name=name)
        team.folder.mkdir()
        team.shas = {"A": team.commit("A")} if name == "stands" else {}
        team.settle_in()
        team.checkout("A")
        trees.append(team.app)
    return trees[0], trees[1]


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere")


PLANTED: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a tracked byte": ("start.sh", append),
    "the executable bit": ("README.md", lambda path: path.chmod(0o755)),
    "a file that is missing": ("Dockerfile", Path.unlink),
    "a link's target": ("src/link", relink),
    "the content of a submodule": ("src/kit/core.txt", append),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_difference_in_the_work_tree_is_found_and_no_other(hosts: tuple[Path, Path], planted: str) -> None:
    stands, fresh = hosts
    path, plant = PLANTED[planted]
    assert trees_compared(stands, fresh, tracked(stands), held(stands)) == []
    plant(stands / path)
    (found,) = trees_compared(stands, fresh, tracked(fresh), {})
    assert (found.kind, found.subject) == ("file", path)


def test_a_file_that_only_the_bad_release_has_and_that_stayed_is_found(hosts: tuple[Path, Path]) -> None:
    stands, fresh = hosts
    (stands / "bad.txt").write_text("left over\n")
    (found,) = trees_compared(stands, fresh, tracked(stands) | {"bad.txt"}, {})
    assert found.subject == "bad.txt"


def test_what_the_host_alone_has_is_ignored_untracked_and_changed_files_also_in_submodules(
    hosts: tuple[Path, Path],
) -> None:
    stands, _ = hosts
    append(stands / "README.md")
    (stands / "notes.txt").write_text("mine\n")
    append(stands / "src/kit/core.txt")
    assert set(held(stands)) == {"data/orders.db", "README.md", "notes.txt", "src/kit/core.txt"}


def test_a_lost_byte_of_the_hosts_own_is_found_unless_it_lies_elsewhere(hosts: tuple[Path, Path]) -> None:
    stands, _ = hosts
    before = held(stands)
    assert lost(stands, before, {}) == []
    append(stands / "data/orders.db")
    (found,) = lost(stands, before, {})
    assert (found.kind, found.subject) == ("data", "data/orders.db")
    assert lost(stands, before, {digest(b"ten thousand orders\n"): "aside"}) == []


def test_a_volume_whose_content_moved_is_found() -> None:
    was = {"data": {"orders": Entry("file", "0644", "0:0", "1"), "stock": Entry("file", "0644", "0:0", "2")}}
    now = {"data": {"orders": Entry("file", "0644", "0:0", "9")}}
    assert [(one.subject, one.place) for one in volumes_compared(now, was)] == [("data", "orders"), ("data", "stock")]
    assert volumes_compared(was, was) == []


def test_services_replicas_and_answers_are_compared() -> None:
    stands = Picture(services={"web": [{"env": {"A": "1"}}], "old": [{}]}, answers={"/health": 404})
    wanted = Picture(services={"web": [{"env": {"A": "2"}}] * 2, "new": [{}]}, answers={"/health": 200})
    assert compared(stands, wanted) == [
        Difference("service", "new", "", "(nothing)", "a service"),
        Difference("service", "old", "", "a service", "(nothing)"),
        Difference("replicas", "web", "", "1", "2"),
        Difference("container", "web", "env.A", "1", "2"),
        Difference("answer", "", "/health", "404", "200"),
    ]


def test_nothing_that_compares_comes_from_the_product() -> None:
    asked = (
        "import sys, tests.equivalence.comparing, tests.equivalence.judging, tests.equivalence.pictures;"
        "print([name for name in sys.modules if name.partition('.')[0] in ('flightrules', 'sandbox')])"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
