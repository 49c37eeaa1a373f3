"""The commands of a target without containers fail or lie: what runs is told, and never taken for granted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.realhost.commands import plain_shop
from tests.realhost.faults import BAD, GOOD, release, serving

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.geteuid() != 0 and os.environ.get("REALHOST") != "required", reason="sshd needs root"),
]

SUBTLE = release("bad", "characters500")
"""A release whose health answer is fine."""
SOON = {"settle_seconds": 1, "health_timeout_seconds": 3}


async def test_a_restart_that_fails_is_told_with_what_runs_and_undoes_nothing(tmp_path: Path) -> None:
    async with plain_shop("checkout", tmp_path, releases=[GOOD, BAD]) as plain:
        shop = plain.with_target({"restart": ["sh", "-c", "echo no unit of that name >&2; exit 5"]})
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "failed", answer
        assert "step restart ended with status 5" in answer["says"]
        assert "undone" not in answer["says"]
        assert (shop.head(), shop.production.get("/api/v1/health")[0]) == (shop.good, 500)
        assert f"NO: release told by the service (expected {shop.good}, got {shop.bad})" in answer["result"]["proof"]
        assert [offer.partition(":")[0] for offer in answer["result"]["offers"]][-1] == "hands off"


async def test_a_restart_that_restarts_nothing_is_found_out_by_what_the_process_tells(tmp_path: Path) -> None:
    async with plain_shop("checkout", tmp_path, releases=[GOOD, SUBTLE], status=200) as plain:
        shop = plain.with_target({"restart": ["true"]}, release_pointer=None)
        process = shop.process()
        async with serving(shop.with_policy(verification=SOON)) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "failed", answer
        assert f"release told by the service: {shop.bad} instead of {shop.good}" in answer["says"]
        assert "yes: work tree" in answer["result"]["proof"]
        assert shop.process() == process


async def test_where_nothing_tells_what_runs_the_person_is_told_before_and_verify_has_the_last_word(
    tmp_path: Path,
) -> None:
    async with plain_shop("checkout", tmp_path, releases=[GOOD, SUBTLE], status=200) as plain:
        shop = plain.with_target({"restart": ["true"], "release": None}, release_pointer=None)
        asked: list[str] = []

        async def approves(question: str) -> bool:
            asked.append(question)
            return True

        async with serving(shop, approves) as agent:
            incident = await agent.decided()
            answer = await agent.rolled_back(incident)
            verified = await agent.call("verify", incident=incident)
        assert "Nothing tells which release the process runs" in asked[0]
        assert not any("told by" in claim for claim in answer["result"]["proof"])
        assert verified["result"]["verdict"] == "not_restored", verified


async def test_a_status_that_says_nothing_is_not_taken_for_a_service_that_runs(tmp_path: Path) -> None:
    async with plain_shop("checkout", tmp_path, releases=[GOOD, BAD]) as plain:
        shop = plain.with_target({"status": ["/no/such/program"]}).with_policy(verification=SOON)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "indeterminate", answer
        assert "could not be seen: web runs" in answer["says"]
        assert plain.serves() == plain.good


async def test_a_status_that_only_the_bad_release_lacks_comes_back_with_the_good_one(tmp_path: Path) -> None:
    status = "#!/bin/sh\nexec ./ctl status\n"
    with_status = release("good", **{"bin/status": status})
    async with plain_shop("checkout", tmp_path, releases=[with_status, BAD]) as plain:
        (plain.app / "bin" / "status").unlink()
        shop = plain.with_target({"status": ["sh", "bin/status"]})
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert "yes: web runs" in answer["result"]["proof"]


async def test_a_release_that_ends_at_once_is_no_rollback_and_its_error_is_in_the_log(tmp_path: Path) -> None:
    async with plain_shop("checkout", tmp_path, releases=[release("good", "crash"), BAD]) as plain:
        shop = plain.with_policy(verification=SOON)
        async with serving(shop) as agent:
            incident = await agent.decided()
            answer = await agent.rolled_back(incident)
            verified = await agent.call("assess", incident=incident)
        assert answer["result"]["state"] == "failed", answer
        assert "web runs: exited instead of running" in answer["says"]
        assert "CATALOGUE_URL" in str(verified["result"]["untrusted_errors"])


async def test_a_release_that_a_supervisor_starts_for_ever_is_found_out_from_outside(tmp_path: Path) -> None:
    async with plain_shop("checkout", tmp_path, releases=[release("good", "crash"), BAD]) as plain:
        loop = 'cd "$1" && ./ctl stop; while :; do ./ctl start; sleep 0.2; done >/dev/null 2>&1 & exit 0'
        shop = plain.with_target(
            {"restart": ["sh", "-c", loop, "supervisor", str(plain.app)], "status": ["true"], "release": None}
        ).with_policy(verification=SOON)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "failed", answer
        assert "health from outside: The service does not answer" in answer["says"]
        assert "yes: web runs" in answer["result"]["proof"]
