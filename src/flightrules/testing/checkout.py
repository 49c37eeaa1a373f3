"""A checkout in memory: keeps ports.Checkout as the real one does, and lets a test say how the tests end.

Knows: commits, branches and one run at a time. Must not know: git.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from flightrules.errors import Refused, Unavailable
from flightrules.state.fix import SuiteRun


class ScriptedCheckout:
    """A checkout; every switch is an attribute that a test may set at any time."""

    def __init__(self, *commits: str) -> None:
        """`commits` are full ids, the last one is `HEAD`."""
        self.commits = list(commits)
        self.branches: dict[str, str] = {}
        self.repository = True
        """True if the folder is a repository of its own."""
        self.failing = ""
        """Reason that git fails; empty if it does not."""
        self.lose_branch_answers = 0
        """Number of branches that are created although no answer says so."""
        self.result = SuiteRun(outcome="passed", exit_status=0)
        """Result with which the tests end."""
        self.hold: asyncio.Event | None = None
        """The tests run until it is set."""
        self.running = False
        self.ran: list[tuple[str, ...]] = []
        """The commands that ran."""

    async def commit(self, name: str) -> str:
        """The full id of what is named."""
        self._reach()
        if name == "HEAD":
            return self.commits[-1] if self.commits else ""
        if name.startswith("refs/heads/"):
            return self.branches.get(name.removeprefix("refs/heads/"), "")
        return next((commit for commit in self.commits if len(name) >= 7 and commit.startswith(name)), "")  # noqa: PLR2004

    async def create_branch(self, branch: str, start: str) -> str:
        """Create a branch once."""
        self._reach()
        if branch in self.branches:
            raise Refused("branch_exists", f"Branch {branch} already exists.", "Use it, or rename it first.")
        commit = await self.commit(start)
        if not commit:
            raise Unavailable("checkout", f"there is no commit {start}.", "Fetch it.")
        self.branches[branch] = commit
        if self.lose_branch_answers:
            self.lose_branch_answers -= 1
            raise Unavailable("checkout", "git gave no answer.", "Look at it.")
        return commit

    async def run_tests(self, argv: Sequence[str], *, limit_s: float) -> SuiteRun:
        """Run as scripted, one run at a time."""
        self._reach()
        if self.running:
            raise Refused(
                "tests_run", "Tests are already running in this checkout.", "Wait until they end, then call again."
            )
        self.running = True
        try:
            self.ran.append(tuple(argv))
            if self.hold is not None:
                await asyncio.wait_for(self.hold.wait(), limit_s)
            return self.result.model_copy(update={"commit": await self.commit("HEAD")})
        except TimeoutError:
            return SuiteRun(outcome="timed_out", commit=await self.commit("HEAD"))
        finally:
            self.running = False

    async def tests_run(self) -> bool:
        """Return True if tests run now."""
        self._reach()
        return self.running

    def _reach(self) -> None:
        if not self.repository:
            raise Refused("no_repository", "The folder is not a git checkout.", "Set `checkout` to one.")
        if self.failing:
            raise Unavailable("checkout", self.failing, "Mend it.")
