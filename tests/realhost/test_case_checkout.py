"""Checkouts as people have them: each becomes what a fresh clone has, or is refused in words before the approval."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.process import run
from tests.realhost.cases import GATES, Case, Played, played

Change = Callable[[Case], None]


@pytest.fixture
def case(case: Case) -> Case:
    return case.stock()


@dataclass(kw_only=True)
class Two:
    """The two releases of a case, both of which were deployed; the good one was seen healthy."""

    good: str
    bad: str
    asked: dict[str, Any] = field(default_factory=dict)


def deployed(case: Case, bad: Change, *, after: Change = lambda _case: None) -> Two:
    """Deploy what stands in the repository, observe it, change it, deploy that, and change the host."""
    good = case.release("good")
    case.drop("www/health")
    case.put("a.txt", "v2")
    bad(case)
    two = Two(good=good, bad=case.release("bad"))
    case.write_commands_settings()
    for release, status in ((two.good, 200), (two.bad, 404)):
        case.checkout(release)
        run(
            "git",
            "-C",
            case.app,
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "update",
            "-q",
            "--init",
            "--recursive",
        )
        case.ctl("restart")
        case.settle(status)
        if release == two.good:
            case.observe()
    after(case)
    return two


def behind(case: Case, *, gated: bool) -> Any:  # noqa: ANN401 - a context manager of either kind
    return case.gated() if gated else nullcontext()


def rolled_back(case: Case, *, gated: bool) -> Played:
    with behind(case, gated=gated):
        told = played(case)
    assert (told.state, told.verdict) == ("succeeded", "restored"), told.rolled
    return told


def refused(case: Case, *, gated: bool) -> str:
    """Return the words of the refused plan and of doctor; nobody is asked, and nothing begins."""
    with behind(case, gated=gated):
        told = played(case)
        doctor = case.flightrules("doctor").stdout
    assert told.asked == [], told.question
    assert told.rolled["problem"]["code"] in {"checkout_blocked", "foreign_owner", "no_room", "login_shell"}, (
        told.rolled
    )
    row = next(line for line in doctor.splitlines() if line.startswith("svc: rollback"))
    assert "FAIL" in row, doctor
    assert not list((case.app / ".git" / "flightrules").glob("ops/*")) if (case.app / ".git").is_dir() else True
    return f"{told.rolled['says']}\n{doctor}"


def head(case: Case) -> str:
    return case.git("rev-parse", "HEAD", cwd=case.app)


def keep_config_out(case: Case) -> None:
    case.drop("config/settings.json", "data/shop.db")


@GATES
@pytest.mark.parametrize("ignored", [True, False], ids=["ignored", "untracked"])
def test_files_of_the_host_alone_are_named_kept_aside_and_replaced(case: Case, *, gated: bool, ignored: bool) -> None:
    case.put("config/settings.json", '{"db":"dev-default"}')
    case.put("data/shop.db", "empty fixture")

    def bad(case: Case) -> None:
        case.drop("config/settings.json", "data/shop.db")
        if ignored:
            case.put(".gitignore", "config/settings.json\ndata/\n")

    def after(case: Case) -> None:
        for path, text in (("config/settings.json", "production-secret"), ("data/shop.db", "ten thousand orders")):
            (case.app / path).parent.mkdir(exist_ok=True)
            (case.app / path).write_text(text)

    two = deployed(case, bad, after=after)
    told = rolled_back(case, gated=gated)
    assert "config/settings.json" in told.question
    assert "data/shop.db" in told.question
    assert (case.app / "data/shop.db").read_text() == "empty fixture"
    (kept,) = (case.app / ".git" / "flightrules" / "kept").glob("*/files")
    assert (kept / "config/settings.json").read_text() == "production-secret"
    assert (kept / "data/shop.db").read_text() == "ten thousand orders"
    assert str(kept) in told.rolled["says"]
    assert head(case) == two.good


@GATES
def test_a_required_filter_that_is_missing_is_named_before_the_approval(case: Case, *, gated: bool) -> None:
    case.put(".gitattributes", "*.bin filter=vault -text\n")
    case.put("m.bin", "sealed")
    case.put("z.txt", "v1")

    def bad(case: Case) -> None:
        case.drop("m.bin")
        case.put("z.txt", "v2")

    def after(case: Case) -> None:
        case.git("config", "filter.vault.required", "true", cwd=case.app)
        case.git("config", "filter.vault.smudge", "git-vault smudge -- %f", cwd=case.app)

    two = deployed(case, bad, after=after)
    said = refused(case, gated=gated)
    assert "m.bin" in said
    assert "vault" in said
    assert (case.app / "a.txt").read_text() == "v2"
    assert head(case) == two.bad


@GATES
def test_hooks_of_developers_do_not_run(case: Case, *, gated: bool) -> None:
    def after(case: Case) -> None:
        hook = case.app / ".git" / "hooks" / "post-checkout"
        hook.write_text(f"#!/bin/sh\ntouch {case.folder}/ran\nexit 2\n")
        hook.chmod(0o755)

    deployed(case, lambda _case: None, after=after)
    rolled_back(case, gated=gated)
    assert not (case.folder / "ran").exists()


@GATES
def test_a_lock_that_git_left_is_found_by_doctor_and_plan(case: Case, *, gated: bool) -> None:
    deployed(case, lambda _case: None, after=lambda case: (case.app / ".git" / "index.lock").touch())
    assert "index.lock': File exists" in refused(case, gated=gated)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    run("mount", "--bind", folder, folder)
    try:
        run("mount", "-o", "remount,ro,bind", folder)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@GATES
def test_a_checkout_on_a_file_system_mounted_read_only_is_found_by_doctor_and_plan(case: Case, *, gated: bool) -> None:
    deployed(case, lambda _case: None)
    with read_only(case.app):
        assert "mounted read-only" in refused(case, gated=gated)


@GATES
def test_a_worktree_is_rolled_back_and_its_hand_edits_are_kept(case: Case, *, gated: bool) -> None:
    good = case.release("good")
    case.drop("www/health")
    case.put("a.txt", "v2")
    bad = case.release("bad")
    repo = case.folder / "repo.git"
    run("git", "clone", "-q", "--bare", f"file://{case.origin}", repo)
    run("git", "-C", repo, "worktree", "add", "-q", "--detach", case.app, good)
    case.write_commands_settings()
    case.ctl("restart")
    case.settle(200)
    case.observe()
    case.git("checkout", "-q", "--detach", bad, cwd=case.app)
    case.ctl("restart")
    (case.app / "a.txt").write_text("changed by hand")
    told = rolled_back(case, gated=gated)
    assert head(case) == good
    assert (case.app / "a.txt").read_text() == "v1"
    (kept,) = (repo / "flightrules" / "kept").glob("*/files")
    assert (kept / "a.txt").read_text() == "changed by hand"
    assert "+changed by hand" in told.question
    assert str(kept) in told.rolled["says"]


@GATES
def test_an_app_inside_the_repository_is_rolled_back_with_its_hand_edits_kept(case: Case, *, gated: bool) -> None:
    case.subfolder = "services/shop"
    for name in ("shop", "other"):
        case.put(f"services/{name}/b.txt", "1")
    case.put("services/shop/www/health", "ok")
    case.put("services/shop/www/index.html", "hi")

    def bad(case: Case) -> None:
        case.drop("services/shop/www/health")
        case.put("services/other/b.txt", "2")

    def after(case: Case) -> None:
        (case.code / "b.txt").write_text("changed by hand")

    two = deployed(case, bad, after=after)
    told = rolled_back(case, gated=gated)
    assert head(case) == two.good
    assert (case.app / "services/other/b.txt").read_text() == "1"
    assert "services/shop/b.txt" in told.question
    (kept,) = (case.app / ".git" / "flightrules" / "kept").glob("*/files")
    assert (kept / "services/shop/b.txt").read_text() == "changed by hand"


@GATES
def test_a_submodule_is_moved_with_its_hand_edits_kept(case: Case, *, gated: bool) -> None:
    lib = case.folder / "lib"
    lib.mkdir()
    case.git("init", "-q", "-b", "main", cwd=lib)
    for text in ("good", "BROKEN"):
        (lib / "core.txt").write_text(text)
        case.git("add", "-A", cwd=lib)
        case.git("commit", "-qm", text, cwd=lib)
    case.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", f"file://{lib}", "vendor/lib")
    case.git("checkout", "-q", "HEAD~1", cwd=case.origin / "vendor/lib")

    def bad(case: Case) -> None:
        case.git("checkout", "-q", "main", cwd=case.origin / "vendor/lib")

    def after(case: Case) -> None:
        assert (case.app / "vendor/lib/core.txt").read_text() == "BROKEN"
        (case.app / "vendor/lib/core.txt").write_text("changed by hand")

    deployed(case, bad, after=after)
    told = rolled_back(case, gated=gated)
    assert (case.app / "vendor/lib/core.txt").read_text() == "good"
    assert "vendor/lib/core.txt" in told.question
    assert case.git("status", "--porcelain", cwd=case.app) == ""
    (kept,) = (case.app / ".git" / "flightrules" / "kept").glob("*/files")
    assert (kept / "vendor/lib/core.txt").read_text() == "changed by hand"
