"""Contract that every checkout keeps; a test module subclasses `CheckoutContract` and says what `there` is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from flightrules.errors import Refused
from flightrules.ports import Checkout

BRANCH = "incident/incident-INC-1-avatar-upload-is-slow"
NOWHERE = "f" * 40
"""A commit that no repository has."""


@dataclass(frozen=True)
class There:
    """A checkout of two commits, the newer one checked out, and commands to run in it."""

    checkout: Checkout
    older: str
    newer: str
    waits: tuple[str, ...] = ("sleep", "30")
    """A command that goes on until it is ended."""


@pytest.mark.anyio
class CheckoutContract:
    """The promises of ports.Checkout."""

    async def test_commits_are_found_by_name_and_abbreviation(self, there: There) -> None:
        assert await there.checkout.commit("HEAD") == there.newer
        assert await there.checkout.commit(there.older) == there.older
        assert await there.checkout.commit(there.older[:12]) == there.older

    @pytest.mark.parametrize("name", [NOWHERE, "refs/heads/none", "--help", "HEAD; reboot"])
    async def test_what_is_not_there_is_empty(self, there: There, name: str) -> None:
        assert await there.checkout.commit(name) == ""

    @pytest.mark.requirement("FIX-branch-created")
    async def test_a_branch_is_created_at_a_commit_and_nothing_is_switched(self, there: There) -> None:
        assert await there.checkout.create_branch(BRANCH, there.older) == there.older
        assert await there.checkout.commit(f"refs/heads/{BRANCH}") == there.older
        assert await there.checkout.commit("HEAD") == there.newer

    @pytest.mark.requirement("FIX-branch-created")
    async def test_a_branch_that_exists_is_refused_and_stays_where_it_is(self, there: There) -> None:
        await there.checkout.create_branch(BRANCH, there.older)
        with pytest.raises(Refused) as no:
            await there.checkout.create_branch(BRANCH, there.newer)
        assert no.value.code == "branch_exists"
        assert BRANCH in no.value.reason
        assert await there.checkout.commit(f"refs/heads/{BRANCH}") == there.older

    @pytest.mark.requirement("FIX-tests-run")
    async def test_a_run_says_how_it_ended_and_on_what(self, there: There) -> None:
        run = await there.checkout.run_tests(("true",), limit_s=20)
        assert (run.outcome, run.exit_status, run.commit, run.changed) == ("passed", 0, there.newer, False)

    @pytest.mark.requirement("FIX-tests-run")
    async def test_a_run_over_its_time_is_ended_and_says_so(self, there: There) -> None:
        run = await there.checkout.run_tests(there.waits, limit_s=0.2)
        assert (run.outcome, run.exit_status) == ("timed_out", None)
        assert not await there.checkout.tests_run()

    @pytest.mark.requirement("FIX-tests-run")
    async def test_one_run_at_a_time_and_everybody_sees_it(self, there: There) -> None:
        assert not await there.checkout.tests_run()
        run = asyncio.create_task(there.checkout.run_tests(there.waits, limit_s=20))
        async with asyncio.timeout(10):
            while not await there.checkout.tests_run():  # noqa: ASYNC110 - another process may hold it as well
                await asyncio.sleep(0.01)
        with pytest.raises(Refused) as no:
            await there.checkout.run_tests(("true",), limit_s=1)
        assert no.value.code == "tests_run"
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert not await there.checkout.tests_run()
