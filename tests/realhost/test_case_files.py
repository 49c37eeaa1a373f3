"""Every tracked file of the good release has its bytes and mode afterwards, or the rollback is not called proven."""

from __future__ import annotations

import shutil

import pytest

from sandbox.process import run
from tests.realhost.cases import GATES, Case, played
from tests.realhost.test_case_checkout import behind, deployed, head, rolled_back

FILE = ("-c", "protocol.file.allow=always")


@pytest.fixture
def case(case: Case) -> Case:
    return case.stock()


def claims(told: dict[str, object]) -> list[str]:
    result = told["result"]
    assert isinstance(result, dict)
    return [str(claim) for claim in result["proof"] if "tracked files" in str(claim)]


@GATES
def test_a_restart_that_writes_into_a_tracked_file_is_not_called_a_success(case: Case, *, gated: bool) -> None:
    def after(case: Case) -> None:
        case.put("b.txt", "")
        ctl = case.folder / "ctl"
        ctl.write_text(ctl.read_text().replace("restart)\n", f"restart)\n  printf 'v9' >{case.code}/a.txt\n"))
        case.git("update-index", "--assume-unchanged", "a.txt", cwd=case.app)

    deployed(case, lambda _case: None, after=after)
    with behind(case, gated=gated):
        told = played(case)
    assert told.state == "failed", told.rolled
    assert "tracked files" in told.rolled["says"]
    assert "a.txt" in told.rolled["says"]


@GATES
def test_nested_submodules_are_moved_with_their_hand_edits_kept(case: Case, *, gated: bool) -> None:
    inner, outer = case.folder / "inner", case.folder / "outer"
    for place in (inner, outer):
        place.mkdir()
        case.git("init", "-q", "-b", "main", cwd=place)
    commits = {}
    for text in ("good", "BROKEN"):
        (inner / "core.txt").write_text(text)
        case.git("add", "-A", cwd=inner)
        case.git("commit", "-qm", text, cwd=inner)
        if text == "good":
            case.git(*FILE, "submodule", "--quiet", "add", f"file://{inner}", "inner", cwd=outer)
        case.git("fetch", "-q", "origin", cwd=outer / "inner")
        case.git("checkout", "-q", "origin/main", cwd=outer / "inner")
        case.git("add", "-A", cwd=outer)
        case.git("commit", "-qm", text, cwd=outer)
        commits[text] = case.git("rev-parse", "HEAD", cwd=outer)
    case.git(*FILE, "submodule", "--quiet", "add", f"file://{outer}", "vendor/outer")
    case.git("checkout", "-q", commits["good"], cwd=case.origin / "vendor/outer")

    def bad(case: Case) -> None:
        case.git("checkout", "-q", commits["BROKEN"], cwd=case.origin / "vendor/outer")

    core = case.app / "vendor/outer/inner/core.txt"

    def after(_case: Case) -> None:
        assert core.read_text() == "BROKEN"
        core.write_text("changed by hand")

    two = deployed(case, bad, after=after)
    told = rolled_back(case, gated=gated)
    assert core.read_text() == "good"
    assert "vendor/outer/inner/core.txt" in told.question
    assert case.git("status", "--porcelain", cwd=case.app) == ""
    assert head(case) == two.good
    (kept,) = (case.app / ".git" / "flightrules" / "kept").glob("*/files")
    assert (kept / "vendor/outer/inner/core.txt").read_text() == "changed by hand"


@GATES
@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_files_in_lfs_come_back_with_their_content(case: Case, *, gated: bool) -> None:
    case.git("lfs", "install", "--local")
    case.put(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    case.put("m.bin", "good model")
    case.put("same.bin", "the same in both")

    def bad(case: Case) -> None:
        case.put("m.bin", "BROKEN model")

    case.release("first")
    run("git", "clone", "-q", "--no-checkout", f"file://{case.origin}", case.app)
    (case.app / ".git" / "logs" / "HEAD").write_text("")
    case.git("lfs", "install", "--local", cwd=case.app)
    deployed(case, bad)
    assert (case.app / "m.bin").read_text() == "BROKEN model"
    told = rolled_back(case, gated=gated)
    assert (case.app / "m.bin").read_text() == "good model"
    assert "content filters run" in told.question
    assert "lfs" in told.question


@GATES
@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_a_file_in_lfs_that_was_never_pulled_is_not_called_a_success(case: Case, *, gated: bool) -> None:
    case.git("lfs", "install", "--local")
    case.put(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    case.put("same.bin", "the same in both")
    case.release("first")
    run("git", "clone", "-q", "--no-checkout", f"file://{case.origin}", case.app)
    (case.app / ".git" / "logs" / "HEAD").write_text("")
    case.git("lfs", "install", "--local", cwd=case.app)

    def after(case: Case) -> None:
        pointer = case.git("cat-file", "blob", "HEAD:same.bin", cwd=case.app)
        (case.app / "same.bin").write_text(f"{pointer}\n")

    deployed(case, lambda _case: None, after=after)
    with behind(case, gated=gated):
        told = played(case)
    assert told.state in {"failed", "indeterminate"}, told.rolled
    assert "same.bin" in told.rolled["says"]


@GATES
def test_a_sparse_checkout_keeps_what_it_leaves_out(case: Case, *, gated: bool) -> None:
    case.put("docs/big.txt", "v1")

    def bad(case: Case) -> None:
        case.put("docs/big.txt", "v2")
        case.put("docs/more.txt", "v2")

    def after(case: Case) -> None:
        case.git("sparse-checkout", "set", "www", cwd=case.app)
        assert not (case.app / "docs").exists()

    two = deployed(case, bad, after=after)
    told = rolled_back(case, gated=gated)
    assert head(case) == two.good
    assert not (case.app / "docs").exists()
    assert case.git("status", "--porcelain", cwd=case.app) == ""
    assert claims(told.rolled) == ["yes: tracked files"]


@GATES
@pytest.mark.parametrize("kind", ["attribute", "autocrlf"])
def test_line_ends_come_back_as_git_writes_them(case: Case, kind: str, *, gated: bool) -> None:
    if kind == "attribute":
        case.put(".gitattributes", "*.bat text eol=crlf\n")
    case.put("run.bat", "echo good\n")

    def bad(case: Case) -> None:
        case.put("run.bat", "echo BROKEN\n")
        if kind == "attribute":
            case.put(".gitattributes", "*.bat -text\n")

    case.release("first")
    run("git", "clone", "-q", "--no-checkout", f"file://{case.origin}", case.app)
    (case.app / ".git" / "logs" / "HEAD").write_text("")
    if kind == "autocrlf":
        case.git("config", "core.autocrlf", "true", cwd=case.app)
    deployed(case, bad)
    told = rolled_back(case, gated=gated)
    assert (case.app / "run.bat").read_bytes() == b"echo good\r\n"
    assert "no uncommitted files" in told.question


@GATES
def test_a_mode_that_alone_differs_comes_back(case: Case, *, gated: bool) -> None:
    case.put("bin/serve", "#!/bin/sh\n", mode=0o755)
    deployed(case, lambda case: case.put("bin/serve", "#!/bin/sh\n"))
    assert not (case.app / "bin/serve").stat().st_mode & 0o111
    rolled_back(case, gated=gated)
    assert (case.app / "bin/serve").stat().st_mode & 0o111
