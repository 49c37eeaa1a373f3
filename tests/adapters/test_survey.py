"""The survey program (host/survey.sh) on checkouts in every state; without an engine, which tests/realhost adds."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flightrules.adapters.frames import parse
from flightrules.adapters.reading.findings import Records
from flightrules.adapters.reading.survey import survey
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.operation import Survey
from sandbox.process import run, stop_all_in
from sandbox.shop.repository import git
from tests.adapters.host_programs import Here, target


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    path = tmp_path / "origin"
    path.mkdir()
    git(path, "init", "--quiet", "--initial-branch=main")
    for number in range(1, 4):
        (path / "app.py").write_text(f"print({number})\n")
        (path / "migrations").mkdir(exist_ok=True)
        (path / "migrations" / f"{number}.sql").write_text("")
        git(path, "add", "--all")
        git(path, "commit", "--quiet", "--message", f"Release {number}")
    return path


@pytest.fixture
def here(origin: Path, tmp_path: Path) -> Iterator[Here]:
    app = tmp_path / "app"
    git(tmp_path, "clone", "--quiet", str(origin), str(app))
    yield Here(app, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    stop_all_in(tmp_path)


def surveyed(here: Here, release: str) -> Survey:
    sent_at = datetime.now(UTC)
    status, out, complaint = here.run("survey", "commands", str(here.app), "10", release, "trial", "app", "1", "true")
    assert status == 0, complaint
    return survey(target(here), "shop-1", release, Records(parse(out), complaint), sent_at=sent_at)


def commit(path: Path, name: str) -> str:
    return git(path, "rev-parse", name).strip()


def test_a_clean_checkout_is_surveyed(here: Here) -> None:
    seen = surveyed(here, commit(here.app, "HEAD~1"))
    assert (seen.head, seen.branch, seen.dirty, seen.dirty_patch) == (commit(here.app, "HEAD"), "main", (), "")
    assert (seen.release_present, seen.fetched, seen.submodules, seen.config_ok) == (True, False, False, True)
    assert seen.changed_paths == ("app.py", "migrations/3.sql")
    assert seen.free_bytes
    assert seen.free_inodes is None or seen.free_inodes > 0
    assert abs(seen.clock_skew_s) < 2
    assert (seen.lock_holder, seen.lock_alive) == ("", False)
    assert [state.state for state in seen.services] == ["running"]


def test_a_detached_head_has_no_branch(here: Here) -> None:
    git(here.app, "checkout", "--quiet", "--detach", "HEAD~1")
    assert surveyed(here, commit(here.app, "HEAD~1")).branch is None


def test_a_dirty_tree_is_listed_with_what_would_be_lost(here: Here) -> None:
    (here.app / "app.py").write_text("print('fixed by hand \x1b[31m')\n")
    (here.app / "migrations" / "3.sql").unlink()
    (here.app / "untracked").write_text("not lost")
    seen = surveyed(here, commit(here.app, "HEAD~1"))
    assert seen.dirty == ("app.py", "migrations/3.sql")
    assert "+print('fixed by hand ')" in seen.dirty_patch
    assert "untracked" not in seen.dirty_patch


def test_a_commit_that_only_the_remote_has_is_fetched_without_touching_the_tree(here: Here, origin: Path) -> None:
    git(origin, "checkout", "--quiet", "-b", "other")
    git(origin, "commit", "--quiet", "--allow-empty", "--message", "Hot fix")
    release = commit(origin, "HEAD")
    seen = surveyed(here, release)
    assert (seen.release_present, seen.fetched) == (True, True)
    assert git(here.app, "status", "--porcelain", "--branch").strip() == "## main...origin/main"
    assert not surveyed(here, release).fetched
    assert audited(here) == [f"fetch of {release} started", f"fetch of {release} ended with exit status 0"]


def audited(here: Here) -> list[str]:
    """Return the entries of the host's audit log that do not belong to an operation."""
    lines = [line.split("\t") for line in (here.base / "audit.log").read_text().splitlines()]
    assert all(line[1:4] == ["-", "-", "-"] for line in lines)
    return [line[4] for line in lines]


def test_a_shallow_clone_fetches_the_one_commit_it_lacks(here: Here, origin: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", str(shallow))
    seen = surveyed(Here(shallow, here.env), commit(origin, "HEAD~2"))
    assert (seen.release_present, seen.fetched) == (True, True)
    assert seen.changed_paths == ("app.py", "migrations/2.sql", "migrations/3.sql")
    assert git(shallow, "rev-list", "--count", "HEAD").strip() == "1"


def test_a_commit_that_the_remote_lost_is_absent(here: Here, origin: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", str(shallow))
    release = commit(origin, "HEAD~2")
    origin.rename(tmp_path / "gone")
    seen = surveyed(Here(shallow, here.env), release)
    assert (seen.release_present, seen.changed_paths) == (False, ())
    assert audited(Here(shallow, here.env))[1] == f"fetch of {release} ended with exit status 128"


def test_nothing_is_fetched_where_no_line_can_be_written(here: Here, origin: Path) -> None:
    git(origin, "commit", "--quiet", "--allow-empty", "--message", "Hot fix")
    here.base.write_text("in the way")
    assert not surveyed(here, commit(origin, "HEAD")).release_present


@pytest.mark.parametrize(
    "release", ["main", "HEAD", "abc1234", "F" * 40, "f" * 39, "f" * 41, "$(reboot)", "", "--help"]
)
def test_what_is_no_full_commit_id_is_refused_by_the_host_too(here: Here, release: str) -> None:
    for verb in ("survey", "remember"):
        words = ("commands", str(here.app), "10", release, *([""] if verb == "survey" else []), "app", "1", "true")
        status, out, complaint = here.run(verb, *words)
        assert (status, out) == (64, b"")
        assert "not a full commit id" in complaint


def test_a_folder_that_is_no_checkout_is_unreadable(here: Here) -> None:
    run("rm", "-r", str(here.app / ".git"))
    with pytest.raises(Unreadable, match="git"):
        surveyed(here, "a" * 40)


def test_submodules_are_noticed(here: Here) -> None:
    (here.app / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = ../x\n')
    git(here.app, "add", ".gitmodules")
    git(here.app, "commit", "--quiet", "--message", "Add a submodule")
    assert surveyed(here, commit(here.app, "HEAD~1")).submodules


def test_a_lock_that_is_held_shows_its_holder_and_one_left_behind_shows_as_dead(here: Here) -> None:
    here.base.mkdir()
    (here.base / "holder").write_text("operation OP-1 of incident INC-1\n")
    release = commit(here.app, "HEAD~1")
    lock = here.base / "target.lock"
    with subprocess.Popen(["flock", str(lock), "cat"], stdin=subprocess.PIPE) as holding:
        while subprocess.run(["flock", "-s", "-n", str(lock), "true"], check=False).returncode == 0:
            pass
        seen = surveyed(here, release)
        holding.communicate()
    assert (seen.lock_holder, seen.lock_alive) == ("operation OP-1 of incident INC-1", True)
    left = surveyed(here, release)
    assert (left.lock_holder, left.lock_alive) == ("operation OP-1 of incident INC-1", False)


def test_surveying_changes_nothing_in_the_checkout(here: Here) -> None:
    index = (here.app / ".git" / "index").read_bytes()
    (here.app / "app.py").touch()
    surveyed(here, commit(here.app, "HEAD~1"))
    assert (here.app / ".git" / "index").read_bytes() == index
    assert not here.base.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_checkout_that_belongs_to_somebody_else_can_be_read(here: Here) -> None:
    for path in (here.app, here.app / ".git"):
        os.chown(path, 12345, 12345)
    release = commit(here.app.parent / "origin", "HEAD~1")
    assert surveyed(here, release).release_present


def test_both_releases_are_told_by_their_own_commits(here: Here) -> None:
    git(here.app, "tag", "v2", "HEAD~1")
    git(here.app, "tag", "stable", "HEAD~1")
    standing, good = surveyed(here, commit(here.app, "HEAD~1")).told
    assert (standing.release, standing.subject, standing.tags) == (commit(here.app, "HEAD"), "Release 3", ())
    assert (good.subject, set(good.tags)) == ("Release 2", {"v2", "stable"})
    assert good.author == git(here.app, "log", "-1", "--format=%an").strip()


def test_a_release_that_stands_there_already_is_told_once(here: Here) -> None:
    assert len(surveyed(here, commit(here.app, "HEAD")).told) == 1
