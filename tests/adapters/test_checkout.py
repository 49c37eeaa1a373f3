# ruff: noqa: ASYNC110, ASYNC220 (a test may block beside the adapter, and processes set no event)

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from flightrules.adapters.checkout import LocalCheckout
from flightrules.adapters.local_run import MOST_OUTPUT
from flightrules.errors import Refused, Unavailable
from flightrules.state.fix import SuiteRun
from flightrules.testing import ScriptedCheckout
from tests.adapters.checkout_contract import BRANCH, CheckoutContract, There

pytestmark = pytest.mark.anyio


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as somebody; what it printed."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.example", "-c", "init.defaultBranch=main")
    command = ("git", "-C", str(folder), *who, *words)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with two commits, on main."""
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for text in ("one", "two"):
        (folder / "app.py").write_text(f"{text}\n")
        git(folder, "add", "app.py")
        git(folder, "commit", "--quiet", "-m", text)
    return folder


@pytest.fixture
def checkout(folder: Path) -> LocalCheckout:
    return LocalCheckout(folder)


class TestLocalCheckout(CheckoutContract):
    @pytest.fixture
    def there(self, folder: Path) -> There:
        return There(
            LocalCheckout(folder), older=git(folder, "rev-parse", "HEAD~1"), newer=git(folder, "rev-parse", "HEAD")
        )


class TestScriptedCheckout(CheckoutContract):
    @pytest.fixture
    def there(self) -> There:
        scripted = _Waiting("a" * 40, "b" * 40)
        return There(scripted, older="a" * 40, newer="b" * 40)


class _Waiting(ScriptedCheckout):
    """The one word of the contract that it must know: a command that waits."""

    async def run_tests(self, argv: Sequence[str], *, limit_s: float) -> SuiteRun:
        self.hold = asyncio.Event() if argv[0] == "sleep" else None
        return await super().run_tests(argv, limit_s=limit_s)


@pytest.mark.requirement("FIX-branch-created")
async def test_the_users_work_tree_stays_as_it_is(folder: Path, checkout: LocalCheckout) -> None:
    (folder / "app.py").write_text("half done\n")
    (folder / "notes.txt").write_text("mine\n")
    before = git(folder, "status", "--porcelain=v2", "--branch")
    await checkout.create_branch(BRANCH, "HEAD~1")
    assert git(folder, "status", "--porcelain=v2", "--branch") == before
    assert git(folder, "branch", "--list", BRANCH).strip() == BRANCH
    assert "[branch" not in (folder / ".git" / "config").read_text()


@pytest.mark.requirement("FIX-branch-created")
async def test_a_folder_that_is_no_repository_is_refused_plainly(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "none"):
        with pytest.raises(Refused) as no:
            await LocalCheckout(missing).create_branch(BRANCH, "HEAD")
        assert no.value.code == "no_repository"
        assert str(missing) in no.value.reason
        assert "checkout" in no.value.remedy


@pytest.mark.requirement("FIX-branch-created")
async def test_a_folder_inside_of_somebody_elses_repository_is_not_taken_for_its_own(folder: Path) -> None:
    (folder / "inner").mkdir()
    with pytest.raises(Refused) as no:
        await LocalCheckout(folder / "inner").create_branch(BRANCH, "HEAD")
    assert no.value.code == "no_repository"
    assert not git(folder, "branch", "--list", BRANCH)


async def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert await LocalCheckout(tmp_path).commit("HEAD") == ""


async def test_hooks_of_the_repository_do_not_run(folder: Path, checkout: LocalCheckout) -> None:
    hook = folder / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {folder}/hooked\n")
    hook.chmod(0o755)
    await checkout.create_branch(BRANCH, "HEAD")
    assert not (folder / "hooked").exists()


async def test_the_servers_own_git_variables_lead_nowhere_else(
    folder: Path, tmp_path: Path, checkout: LocalCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert await checkout.commit("HEAD")
    run = await checkout.run_tests(("git", "rev-parse", "--show-toplevel"), limit_s=20)
    assert run.output == str(folder)


@pytest.mark.requirement("FIX-tests-run")
async def test_a_failing_command_tells_its_exit_status_and_the_end_of_what_it_printed(checkout: LocalCheckout) -> None:
    script = f"yes 'a test that passes' | head -c {MOST_OUTPUT * 5}; echo '1 failed' >&2; exit 3"
    run = await checkout.run_tests(("sh", "-c", script), limit_s=20)
    assert (run.outcome, run.exit_status) == ("failed", 3)
    assert run.output.endswith("1 failed")
    assert run.output.startswith("[the beginning is cut]")
    assert len(run.output.encode()) <= MOST_OUTPUT + 40


@pytest.mark.requirement("FIX-tests-run")
async def test_what_tests_print_is_the_text_of_a_stranger(checkout: LocalCheckout) -> None:
    script = r"printf '\033[31mred\033[0m password=hunter2hunter2 \342\200\256\n'"
    run = await checkout.run_tests(("sh", "-c", script), limit_s=20)
    assert run.output == "red password=[redacted]"


@pytest.mark.requirement("FIX-tests-run")
async def test_uncommitted_changes_are_told_of(folder: Path, checkout: LocalCheckout) -> None:
    (folder / "app.py").write_text("half done\n")
    run = await checkout.run_tests(("true",), limit_s=20)
    assert run.changed
    assert "with uncommitted changes" in run.says


@pytest.mark.requirement("FIX-tests-run")
async def test_a_command_that_is_not_there_has_not_started(checkout: LocalCheckout) -> None:
    run = await checkout.run_tests(("no-such-command",), limit_s=20)
    assert (run.outcome, run.exit_status) == ("not_started", None)
    assert "no-such-command" in run.output


@pytest.mark.requirement("FIX-tests-run")
async def test_what_a_run_left_in_the_background_is_ended_with_it(folder: Path, checkout: LocalCheckout) -> None:
    script = "sleep 60 & echo $! >left; echo done"
    run = await checkout.run_tests(("sh", "-c", script), limit_s=20)
    assert (run.outcome, run.output) == ("passed", "done")
    left = int((folder / "left").read_text())
    async with asyncio.timeout(10):
        while _runs(left):
            await asyncio.sleep(0.01)
    assert not await checkout.tests_run()


def _runs(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.requirement("FIX-tests-run")
async def test_tests_that_outlive_a_killed_server_are_still_seen_to_run(folder: Path, checkout: LocalCheckout) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from flightrules.adapters.checkout import LocalCheckout\n"
        "asyncio.run(LocalCheckout(Path(sys.argv[1])).run_tests(('sh', '-c', 'echo $$ >began; sleep 60'), limit_s=60))"
    )
    server = subprocess.Popen((sys.executable, "-c", program, str(folder)))
    began = folder / "began"
    async with asyncio.timeout(20):
        while not began.exists() or not began.read_text().strip():
            await asyncio.sleep(0.02)
    server.kill()
    server.wait()
    assert await checkout.tests_run()
    os.killpg(int(began.read_text()), 9)
    async with asyncio.timeout(10):
        while await checkout.tests_run():
            await asyncio.sleep(0.01)


async def test_a_checkout_whose_lock_cannot_be_opened_is_told_plainly(folder: Path, checkout: LocalCheckout) -> None:
    (folder / ".git" / "flightrules-tests.lock").mkdir()
    with pytest.raises(Unavailable, match="directory"):
        await checkout.run_tests(["true"], limit_s=5)
    with pytest.raises(Unavailable, match="directory"):
        await checkout.tests_run()
