"""Whoever called goes away, or several call at once: one rollback runs, and everybody can learn how it stands."""

from __future__ import annotations

import os
import signal

import anyio
import pytest
from mcp.shared.exceptions import MCPError

from sandbox.process import Started, start
from tests.realhost.faults import Shop, broken_shop, eventually, serving, whole_audit

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]

RESTART = "git rev-parse HEAD"
"""Command of git that the shop's restart runs, and nothing else does."""

ONCE = whole_audit("checkout", "restart")


async def test_an_agent_that_goes_away_in_the_middle_finds_the_rollback_again() -> None:
    async with broken_shop("commands") as shop:
        shop.gates.close("restart", RESTART)
        async with serving(shop) as agent:
            incident = await agent.decided()
            async with anyio.create_task_group() as group:
                group.start_soon(agent.call_and_forget, "rollback", incident)
                await shop.gates.reached("restart")
                group.cancel_scope.cancel()
        shop.gates.open("restart")
        async with serving(shop) as agent:
            await shop.log().has("rollback_finished")
            assert (await agent.call("incident_status", incident=incident))["phase"] == "verifying"
        assert shop.audit() == ONCE


async def test_a_cancelled_call_leaves_the_rollback_running_and_the_next_call_follows_it() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.gates.close("restart", RESTART)
        incident = await agent.decided()
        async with anyio.create_task_group() as group:
            group.start_soon(agent.call_and_forget, "rollback", incident)
            await shop.gates.reached("restart")
            group.cancel_scope.cancel()
        shop.gates.open("restart")
        answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.audit() == ONCE


async def test_a_client_that_times_out_leaves_the_rollback_running_and_the_next_call_follows_it() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.gates.close("restart", RESTART)
        incident = await agent.decided()
        with pytest.raises(MCPError, match=r"(?i)timed out"):
            await agent.client.call_tool("rollback", {"incident": incident}, read_timeout_seconds=3)
        async with agent.rolling_back(incident) as answer:
            await shop.gates.reached("restart")
            shop.gates.open("restart")
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.audit() == ONCE


async def test_a_call_that_waits_answers_in_time_and_says_that_the_rollback_runs() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.gates.close("restart", RESTART)
        incident = await agent.decided()
        with anyio.fail_after(20):
            answer = await agent.call("rollback", incident=incident)
        assert (answer["result"]["state"], answer["phase"]) == ("rolling_back", "rolling_back")
        assert "runs on" in answer["says"], answer
        shop.gates.open("restart")
        assert (await agent.rolled_back(incident))["result"]["state"] == "succeeded"


async def test_a_budget_that_runs_out_is_recorded_and_the_job_is_not_killed() -> None:
    async with broken_shop("commands") as plain:
        shop = plain.with_policy(budgets={"rollback": 0})
        shop.gates.close("restart", RESTART)
        async with serving(shop) as agent:
            incident = await agent.decided()
            async with agent.rolling_back(incident) as found:
                await shop.gates.reached("restart")
                await eventually(lambda: "rollback" in breached(shop), "the breach is recorded")
                await shop.looked_at(4)
                shop.gates.open("restart")
        assert found["result"]["state"] == "succeeded", found
        assert breached(shop).count("rollback") == 1
        assert shop.audit() == ONCE


def breached(shop: Shop) -> list[str]:
    return [event["budget"] for event in shop.log().events("budget_breached")]


async def test_two_servers_on_one_log_carry_out_one_rollback() -> None:
    async with broken_shop("commands") as shop, serving(shop) as one, serving(shop) as other:
        shop.gates.close("restart", RESTART)
        incident = await one.decided()
        async with one.rolling_back(incident) as first:
            await shop.gates.reached("restart")
            async with other.rolling_back(incident) as second:
                await shop.looked_at(6)
                shop.gates.open("restart")
        states = {answer.get("result", {}).get("state") for answer in (first, second)}
        assert "succeeded" in states, (first, second)
        kinds = shop.log().kinds()
        for kind in ("rollback_started", "operation_launching", "host_finished", "rollback_finished"):
            assert kinds.count(kind) == 1, kinds
        assert shop.audit() == ONCE


async def test_a_second_server_with_its_own_log_is_told_who_holds_the_host() -> None:
    async with broken_shop("commands") as shop, serving(shop) as one, serving(shop.other("second")) as other:
        shop.gates.close("restart", RESTART)
        incident, elsewhere = await one.decided(), await other.decided()
        async with one.rolling_back(incident) as first:
            await shop.gates.reached("restart")
            refused = await other.call("rollback", incident=elsewhere)
            assert refused["problem"]["code"] == "locked", refused
            assert incident in refused["says"]
            shop.gates.open("restart")
        assert first["result"]["state"] == "succeeded"
        assert shop.audit() == ONCE


async def test_a_second_server_that_planned_before_changes_nothing_while_the_host_is_held() -> None:
    async with broken_shop("commands") as shop, serving(shop) as one:
        shop.gates.close("restart", RESTART)
        incident = await one.decided()
        planned = anyio.Event()
        held = anyio.Event()

        async def slow(_question: str) -> bool:
            planned.set()
            await held.wait()
            return True

        async with serving(shop.other("second"), slow) as other:
            elsewhere = await other.decided()
            async with other.rolling_back(elsewhere) as second:
                await planned.wait()
                async with one.rolling_back(incident) as first:
                    await shop.gates.reached("restart")
                    held.set()
                    await shop.other("second").log().has("plan_dropped")
                    shop.gates.open("restart")
        assert first["result"]["state"] == "succeeded"
        assert second["result"]["state"] == "plan_void", second
        assert "lock" in second["says"]
        assert shop.audit() == ONCE


async def test_a_lock_left_by_an_operation_that_died_stops_nobody() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.base.mkdir()
        (shop.base / "target.lock").touch()
        (shop.base / "holder").write_text(
            "operation PLAN-OLD-1 of incident INC-OLD, approved by ada, since yesterday\n"
        )
        incident = await agent.decided()
        answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer


async def test_a_lock_that_a_living_program_holds_refuses_the_plan_until_it_lets_go() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.base.mkdir()
        (shop.base / "holder").write_text("a deployment by ada\n")
        script = 'exec 8<>"$0"; flock 8; touch "$1"; exec sleep 600'
        taken = shop.production.folder / "taken"
        holder: Started = start(
            "sh", "-c", script, shop.base / "target.lock", taken, log=shop.production.folder / "holder.log"
        )
        try:
            await eventually(taken.exists, "the lock is taken")
            incident = await agent.decided()
            refused = await agent.call("rollback", incident=incident)
            assert refused["problem"]["code"] == "locked", refused
            assert "a deployment by ada" in refused["says"]
            assert shop.audit() == []
        finally:
            holder.stop()
        answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer


async def test_a_lock_that_is_taken_after_the_yes_changes_nothing_and_leaves_the_attempt() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.gates.close("begin", "sync")
        taken = shop.production.folder / "taken"
        script = 'exec 8<>"$0"; flock 8; touch "$1"; exec sleep 600'
        incident = await agent.decided()
        async with agent.rolling_back(incident) as found:
            await shop.gates.reached("begin")
            log = shop.production.folder / "holder.log"
            holder: Started = start("sh", "-c", script, shop.base / "target.lock", taken, log=log)
            try:
                await eventually(taken.exists, "the lock is taken")
                shop.gates.open("begin")
                await shop.log().has("rollback_finished")
            finally:
                holder.stop()
        assert found["result"]["state"] == "untouched", found
        assert "another operation holds the target's lock" in found["says"]
        assert (shop.head(), shop.gates.calls(RESTART)) == (shop.bad, [])
        answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer


async def test_a_checkout_that_git_refuses_after_the_yes_is_undone_and_leaves_the_attempt() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.gates.close("checkout", "checkout --detach")
        lock = shop.app / ".git" / "index.lock"
        incident = await agent.decided()
        async with agent.rolling_back(incident) as found:
            await shop.gates.reached("checkout")
            lock.touch()
            shop.gates.open("checkout")
        assert found["result"]["state"] == "untouched", found
        assert "step checkout ended with status" in found["says"]
        assert "index.lock" in found["result"]["untrusted_output"]
        assert (shop.head(), shop.gates.calls(RESTART)) == (shop.bad, [])
        lock.unlink()
        answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer


async def test_an_operation_that_is_killed_on_the_host_is_looked_at_and_never_run_again() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        shop.gates.close("restart", RESTART)
        incident = await agent.decided()
        async with agent.rolling_back(incident) as found:
            await shop.log().sees_running("restart")
            (started,) = shop.base.glob("ops/*/started")
            os.killpg(int(started.read_text().split()[1]), signal.SIGKILL)
        assert found["result"]["state"] == "indeterminate", found
        assert "lost midway" in found["says"]
        assert [step["state"] for step in found["result"]["steps"]] == ["done", "done", "running"]
        assert len(shop.gates.calls(RESTART)) == 1
        assert shop.log().events("operation_seen")[-1]["look"]["state"] == "lost"
