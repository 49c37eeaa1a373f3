"""The user's own git checkout on the server's machine: keeps ports.Checkout.

Knows: git's words for it, and that one run of its tests at a time can be seen by every process.
Must not know: the incident. Nothing here writes into the work tree; hooks of the repository are not run.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flightrules.adapters.local_run import Run
from flightrules.errors import Refused, Unavailable
from flightrules.state.fix import SuiteRun
from flightrules.state.untrusted import one_line

GIT_LIMIT_S = 15.0
LOCK = "flightrules-tests.lock"

_GIT = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0")


class LocalCheckout:
    """One checkout."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def commit(self, name: str) -> str:
        """The full id of a commit, a branch or `HEAD`; empty where the checkout has none such."""
        await self._git_folder()
        _, out, _ = await self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return out.strip()

    async def create_branch(self, branch: str, start: str) -> str:
        """Create a branch at a commit, without switching to it."""
        await self._git_folder()
        if there := await self.commit(f"refs/heads/{branch}"):
            raise _exists(branch, there)
        status, _, why = await self._git("branch", "--no-track", "--", branch, start)
        there = await self.commit(f"refs/heads/{branch}")
        if status and there:
            raise _exists(branch, there)
        if status or not there:
            raise Unavailable(f"checkout {self._folder}", f"git made no branch {branch}: {why or 'it said nothing'}.")
        return there

    async def run_tests(self, argv: Sequence[str], *, limit_s: float) -> SuiteRun:
        """Run a command in the checkout to its end, or to the limit."""
        folder = await self._git_folder()
        commit = await self.commit("HEAD")
        _, changes, _ = await self._git("status", "--porcelain", "--untracked-files=no")
        with _alone(folder / LOCK) as lock:
            if lock is None:
                raise Refused(
                    "tests_run", "Tests are already running in this checkout.", "Wait until they end, then call again."
                )
            run = await Run.of(argv, folder=self._folder, env=_environment(), lock=lock, limit_s=limit_s)
        return run.model_copy(update={"commit": commit, "changed": bool(changes.strip())})

    async def tests_run(self) -> bool:
        """Return True if tests run in this checkout now.

        The lock lives as long as anything that a run started.
        """
        with _alone(await self._git_folder() / LOCK) as lock:
            return lock is None

    async def _git_folder(self) -> Path:
        """Return the git directory of this checkout.

        Raises `Refused` if the folder is not a repository of its own.
        """
        status, out, why = await self._git("rev-parse", "--show-toplevel", "--absolute-git-dir")
        top, _, folder = out.strip().partition("\n")
        if status or not folder or not _same(top, self._folder):
            said = why or (f"its repository is {top}" if top else "it has no work tree")
            raise Refused(
                "no_repository",
                f"{self._folder} is not the top folder of a git checkout: {said.rstrip('.')}.",
                "Ask the operator to set `checkout` to the top folder of a git checkout.",
            )
        return Path(folder)

    async def _git(self, *words: str) -> tuple[int, str, str]:
        """Exit status, output, and the last thing git complained of."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *("git", "-C", str(self._folder), *_GIT, *words),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                env=_environment() | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"},
            )
        except OSError as error:
            raise Unavailable("git", f"it could not be run: {error.strerror or error}.", "Install git.") from error
        try:
            out, err = await asyncio.wait_for(process.communicate(), GIT_LIMIT_S)
        except TimeoutError as error:
            process.kill()
            raise Unavailable(f"checkout {self._folder}", f"git gave no answer in {GIT_LIMIT_S:g} s.") from error
        return process.returncode or 0, out.decode(errors="replace"), one_line(err.decode(errors="replace"), 300)


def _same(top: str, folder: Path) -> bool:
    return Path(top).resolve() == folder.resolve()


def _exists(branch: str, commit: str) -> Refused:
    reason = f"Branch {branch} exists already, at {commit[:12]}; it was not made for this fix."
    return Refused("branch_exists", reason, f"Use it (git switch {branch}), or rename it first.")


def _environment() -> dict[str, str]:
    """The server's own, without what would lead git to another repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


@contextmanager
def _alone(path: Path) -> Iterator[int | None]:
    """A lock that others see; None where somebody holds it. Whoever inherits the descriptor holds it on."""
    try:
        descriptor, free = _locked(path)
    except OSError as error:
        remedy = "Let the server's user write there."
        raise Unavailable(f"lock {path}", f"{error.strerror or error}.", remedy) from error
    try:
        yield descriptor if free else None
    finally:
        os.close(descriptor)


def _locked(path: Path) -> tuple[int, bool]:
    """A file's descriptor, and whether the lock on it was free and is ours now."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return descriptor, False
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, True
