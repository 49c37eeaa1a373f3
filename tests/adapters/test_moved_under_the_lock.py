"""The host compares itself with its plan under the target's lock, and does nothing where it moved (host/launch.sh)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.adapters.script import script
from flightrules.state.operation import Expected, Operation, OperationStatus, Step
from flightrules.state.target import ComposeRuntime, Target
from sandbox.process import run, stop_all_in
from tests.adapters.host_programs import Here, target
from tests.adapters.test_runner import operation, step

DOCKER = """#!/bin/sh
case $1 in
  ps) [ ! -e "$HOME/down" ] || exit 1; cat "$HOME/containers" ;;
  inspect) cat "$HOME/images" ;;
esac
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    app = tmp_path / "app"
    app.mkdir()
    for words in (("init", "--quiet", "-b", "main"), ("config", "user.email", "a@b"), ("config", "user.name", "a")):
        run("git", "-C", str(app), *words)
    for name in ("one", "two"):
        (app / "file").write_text(name)
        run("git", "-C", str(app), "add", "file")
        run("git", "-C", str(app), "commit", "--quiet", "-m", name)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").write_text(DOCKER)
    (tmp_path / "bin" / "docker").chmod(0o755)
    (tmp_path / "containers").write_text("c1\nc2\n")
    (tmp_path / "images").write_text("web sha256:1\nworker sha256:2\nweb sha256:1\n")
    yield Here(app, {"PATH": f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)})
    stop_all_in(tmp_path)


def composed(here: Here) -> Target:
    return target(here).model_copy(update={"runtime": ComposeRuntime(project="shop")})


def head(here: Here) -> str:
    return run("git", "-C", str(here.app), "rev-parse", "HEAD").strip()


def ended(here: Here, one: Operation, of: Target) -> OperationStatus:
    plan = script(one, of).encode()
    status, _, complaint = here.run("launch", str(here.app), one.id, hashlib.sha256(plan).hexdigest(), "", stdin=plan)
    assert status == 0, complaint
    return here.ended(one.id)


def expecting(here: Here, **changes: object) -> Operation:
    images = (("web", "sha256:1"), ("worker", "sha256:2"))
    expected = Expected(head=head(here), branch="main", clean=True, images=images).model_copy(update=changes)
    touched: Step = step("touch", str(here.app / "touched"), changes=True)
    return operation(touched).model_copy(update={"expected": expected})


def test_a_host_that_is_as_its_plan_says_runs_it(here: Here) -> None:
    look = ended(here, expecting(here), composed(here))
    assert (look.exit_status, [one.name for one in look.steps]) == (0, ["build"]), look.log


def _committed(here: Here) -> None:
    run("git", "-C", str(here.app), "commit", "--quiet", "--allow-empty", "-m", "the fix")


def _switched(here: Here) -> None:
    run("git", "-C", str(here.app), "checkout", "--quiet", "-b", "hotfix")


def _edited(here: Here) -> None:
    (here.app / "file").write_text("by hand")


def _upgraded(here: Here) -> None:
    (here.app.parent / "images").write_text("web sha256:9\nworker sha256:2\n")


def _engine_down(here: Here) -> None:
    (here.app.parent / "down").touch()


MOVES = {
    "moved: head is": _committed,
    "moved: branch is hotfix, not main": _switched,
    "moved: tracked files were changed": _edited,
    "moved: other images run": _upgraded,
    "moved: other images run\n": _engine_down,
}


@pytest.mark.parametrize("told", MOVES)
def test_a_host_that_moved_ends_untouched_and_says_what_moved(here: Here, told: str) -> None:
    one = expecting(here)
    MOVES[told](here)
    look = ended(here, one, composed(here))
    assert (look.state, look.exit_status, look.steps) == ("done", 76, ())
    assert told in look.log
    assert not (here.app / "touched").exists()
    assert "ended untouched, production moved" in (here.base / "audit.log").read_text()


def test_a_branch_whose_name_cannot_be_told_exactly_is_not_compared(here: Here) -> None:
    run("git", "-C", str(here.app), "symbolic-ref", "HEAD", "refs/heads/main\u202e")
    run("git", "-C", str(here.app), "update-ref", "HEAD", run("git", "-C", str(here.app), "rev-parse", "main").strip())
    assert ended(here, expecting(here, branch=None), composed(here)).exit_status == 0


def test_a_release_folder_that_was_switched_ends_it_untouched(here: Here) -> None:
    for name in ("1", "2"):
        (here.app.parent / "releases" / name).mkdir(parents=True)
    (here.app.parent / "current").symlink_to(here.app.parent / "releases" / "2")
    of = target(here)
    side = {"current_link": str(here.app.parent / "current"), "releases_dir": str(here.app.parent / "releases")}
    of = of.model_copy(update={"runtime": of.runtime.model_copy(update={"layout": "releases", **side})})
    assert ended(here, expecting(here, folder="2"), of).exit_status == 0
    look = ended(here, expecting(here, folder="1"), of)
    assert (look.exit_status, "moved: folder is 2, not 1" in look.log) == (76, True)
