"""The contract of every runtime, on real hosts: compose, commands in both layouts, systemd in both layouts.

Each step once, whoever dies; void when the world moves; undone before a change; a proof that can fail.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.realhost.commands import PlainShop
from tests.realhost.faults import BAD, GOOD, in_terminal, release, serving, whole_audit
from tests.runtimes.worlds import COMPOSE, PREPARE, WAYS, UnitsShop, Way, units_shop

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.realhost,
    pytest.mark.skipif(os.geteuid() != 0 and os.environ.get("REALHOST") != "required", reason="sshd needs root"),
    pytest.mark.timeout(240),
]

SOON = {"settle_seconds": 1, "health_timeout_seconds": 3}


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    one: Way = request.param
    if one is COMPOSE:
        request.getfixturevalue("prodhost")
    return one


async def test_a_server_killed_in_every_step_leaves_one_whole_rollback_that_is_proven(way: Way, tmp_path: Path) -> None:
    async with way.shop(tmp_path, [GOOD, BAD]) as shop:
        log, gates = shop.log(), shop.gates
        for step, words in way.steps.items():
            gates.close(step, words)
        incident = ""
        for step in way.steps:
            async with serving(shop) as agent:
                incident = incident or await agent.decided()
                async with agent.rolling_back(incident) as found:
                    await log.sees_running(step)
                    await agent.kill()
            assert "lost" in found
            gates.open(step)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(incident)
            assert answer["result"]["state"] == "succeeded", answer
            verified = await agent.call("verify", incident=incident)
        assert verified["result"]["verdict"] == "restored", verified
        assert shop.audit() == whole_audit(*way.steps)
        if isinstance(shop, PlainShop):
            assert (shop.stands_at(), shop.serves()) == (shop.good, shop.good)
            told = [claim for claim in answer["result"]["proof"] if "told by" in claim]
            assert told == ["yes: release told by the service", "yes: release told by the health answer"]
        if isinstance(shop, UnitsShop):
            started = [claim for claim in answer["result"]["proof"] if "started by this operation" in claim]
            assert started == ["yes: web started by this operation", "yes: worker started by this operation"]
        if "prepare" in way.steps:
            assert (shop.production.folder / "current" / "prepared").exists()


async def test_a_plan_is_void_when_the_host_moves_before_the_yes_arrives(way: Way, tmp_path: Path) -> None:
    async with way.shop(tmp_path, [GOOD, BAD]) as shop:

        async def yes_too_late(_question: str) -> bool:
            way.move(shop)
            return True

        async with serving(shop, yes_too_late) as agent:
            incident = await agent.decided()
            answer = await agent.call("rollback", incident=incident)
        assert "The approval is void: production moved after the plan was shown" in answer["says"], answer
        assert shop.audit() == []
        assert shop.production.get("/api/v1/health")[0] == 500


async def test_the_proof_fails_when_the_good_release_does_not_run(way: Way, tmp_path: Path) -> None:
    async with way.shop(tmp_path, [release("good", "crash"), BAD]) as shop:
        async with serving(shop.with_policy(verification=SOON)) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "failed", answer
        # A service that is started for ever may just run when it is looked at; then the health address does not answer.
        seen = ("NO: web runs", "NO: health from outside")
        assert any(claim.startswith(seen) for claim in answer["result"]["proof"]), answer


async def test_a_preparation_that_fails_removes_the_folder_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    async with units_shop("releases", tmp_path, [GOOD, BAD], 500, {"prepare": ["sh", "-c", "exit 9"]}) as shop:
        shop.forget_folder(shop.good)
        runs = shop.runs()
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "untouched", answer
        assert "step prepare ended with status 9; undone: release" in answer["says"]
        assert (shop.stands_at(), shop.runs()) == (shop.bad, runs)
        assert not (shop.production.folder / "releases" / shop.good).exists()


async def test_a_folder_whose_preparation_was_killed_is_never_switched_to(tmp_path: Path) -> None:
    async with units_shop("releases", tmp_path, [GOOD, BAD], 500, {"prepare": PREPARE}) as shop:
        shop.forget_folder(shop.good)
        shop.gates.close("prepare", "sha256sum /dev/null")
        async with serving(shop) as agent:
            incident = await agent.decided()
            async with agent.rolling_back(incident) as found:
                await shop.log().sees_running("prepare")
                shop.end_operation()
            assert found["result"]["state"] == "indeterminate", found
            assert (shop.stands_at(), shop.production.get("/api/v1/health")[0]) == (shop.bad, 500)
            shop.gates.open("prepare")
            words = ("decide", incident, "rollback", "--to", shop.good, "--reason", "once more")
            await in_terminal(shop, words, "yes")
            answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        current = (shop.production.folder / "current").resolve()
        assert current.name.startswith(f"{shop.good}-")
        assert (current / "prepared").exists()
        assert not (shop.production.folder / "releases" / shop.good / "prepared").exists()


async def test_an_operation_killed_in_the_restart_is_looked_at_and_not_run_again(tmp_path: Path) -> None:
    async with units_shop("checkout", tmp_path, [GOOD, BAD], 500) as shop:
        runs = shop.runs()
        shop.gates.close("restart", "systemctl restart")
        async with serving(shop) as agent:
            incident = await agent.decided()
            async with agent.rolling_back(incident) as found:
                await shop.log().sees_running("restart")
                shop.end_operation()
            assert found["result"]["state"] == "indeterminate", found
            assert "the operation was lost midway" in found["says"]
        assert (shop.stands_at(), shop.runs()) == (shop.good, runs)
        assert len([line for line in shop.audit() if "restart started" in line]) == 1
