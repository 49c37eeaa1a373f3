"""A rollback over several real hosts: each with its own SSH server and its own view of the app's folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from anyio import to_thread

from sandbox.fleet import Fleet, Machine, sandbox_fleet
from sandbox.shop.repository import git
from sandbox.sshd import PROGRAM, put_behind_gate
from tests.realhost.faults import Gates, Shop, eventually, in_terminal, serving, whole_audit

NEEDED = (PROGRAM, "unshare", "nsenter")
MISSING = [name for name in NEEDED if shutil.which(name) is None] + ["root"] * (os.geteuid() != 0)

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        bool(MISSING) and os.environ.get("REALHOST") != "required", reason=f"a fleet needs {', '.join(MISSING)}"
    ),
]

WHOLE = whole_audit("checkout", "restart")


@asynccontextmanager
async def fleet_of(
    count: int, folder: Path, *, migrations: bool = False, batch: int = 1, own_addresses: bool = True
) -> AsyncIterator[tuple[Shop, Fleet]]:
    """A broken shop on so many hosts, whose programs can be held."""
    gates = Gates(folder / "gates")
    async with sandbox_fleet(
        count, migrations=migrations, env={"PATH": gates.path}, rollout=(1, batch), own_addresses=own_addresses
    ) as fleet:
        await fleet.settle(500)
        yield Shop(production=fleet, sshd=fleet.machines["web-1"].sshd, gates=gates), fleet


def put_behind_gates(fleet: Fleet) -> None:
    """Let the key do on each host what its role needs."""
    for host in fleet.target.hosts:
        put_behind_gate(fleet.machines[host.name].sshd.ssh, fleet.target, host.role)


def break_checkout(machine: Machine) -> Path:
    """Let a content filter fail that worked in the rehearsal; returns what asks for it."""
    smudge = "case $PWD in *trial*) cat ;; *) exit 1 ;; esac"
    for key, value in (("clean", "cat"), ("smudge", smudge), ("required", "1")):
        git(machine.folder, "config", f"filter.fails.{key}", value)
    asks = machine.folder / ".git" / "info" / "attributes"
    asks.parent.mkdir(exist_ok=True)
    asks.write_text("* filter=fails\n")
    return asks


def touched(fleet: Fleet) -> list[str]:
    """The hosts on which anything was ever started."""
    return [name for name, machine in fleet.machines.items() if machine.audit()]


async def test_the_canary_is_proven_before_the_others_follow_and_migrations_are_left_alone(
    tmp_path: Path,
) -> None:
    async with fleet_of(3, tmp_path, migrations=True, batch=2) as (shop, fleet):
        put_behind_gates(fleet)
        asked: list[str] = []

        async def approves(question: str) -> bool:
            asked.append(question)
            return True

        async with serving(shop, approves) as agent:
            incident = await agent.decided()
            answer = await agent.rolled_back(incident)
            assert answer["result"]["state"] == "succeeded", answer
            verified = await agent.call("verify", incident=incident)
        assert verified["result"]["verdict"] == "restored", verified
        assert "db-1" in asked[0]
        serves = await to_thread.run_sync(fleet.serving)
        assert serves == {"web-1": "good", "web-2": "good", "web-3": "good", "db-1": ""}
        assert {name: machine.audit() for name, machine in fleet.machines.items()} == {
            **dict.fromkeys(("web-1", "web-2", "web-3"), WHOLE),
            "db-1": [],
        }
        assert fleet.machines["db-1"].head() == shop.bad
        log = [kind for kind in shop.log().kinds() if kind in ("operation_launching", "proof_taken")]
        assert log[:3] == ["operation_launching", "proof_taken", "operation_launching"]
        claims = [claim for claim in answer["result"]["proof"] if "health from outside" in claim]
        assert all(claim.startswith("yes: ") for claim in claims)
        assert {claim.split(": ")[1] for claim in claims} == {"web-1", "web-2", "web-3"}


async def test_a_canary_that_fails_keeps_all_others_untouched(tmp_path: Path) -> None:
    async with fleet_of(3, tmp_path, batch=2) as (shop, fleet):
        break_checkout(fleet.machines["web-1"])
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "untouched", answer
        assert "web-1: step checkout ended with status 1" in answer["says"]
        assert "not touched: web-2, web-3" in answer["says"]
        assert touched(fleet) == ["web-1"]
        assert set((await to_thread.run_sync(fleet.serving)).values()) == {"bad"}


async def test_a_failure_in_a_batch_ends_with_its_neighbours_and_a_person_resumes_where_it_is_needed(
    tmp_path: Path,
) -> None:
    async with fleet_of(4, tmp_path, batch=2) as (shop, fleet):
        lock = break_checkout(fleet.machines["web-2"])
        async with serving(shop) as agent:
            incident = await agent.decided()
            failed = await agent.rolled_back(incident)
            assert failed["result"]["state"] == "failed", failed
            assert "rolled back: web-1, web-3; not touched: web-4" in failed["says"]
            serves = await to_thread.run_sync(fleet.serving)
            assert serves == {"web-1": "good", "web-2": "bad", "web-3": "good", "web-4": "bad"}

            lock.unlink()
            words = ("decide", incident, "rollback", "--to", shop.good, "--reason", "the lock file is gone")
            assert "ROLLBACK" in (await in_terminal(shop, words, "yes")).upper()
            resumed = await agent.rolled_back(incident)
        assert resumed["result"]["state"] == "succeeded", resumed
        assert {step["host"] for step in resumed["result"]["steps"]} == {"web-2", "web-4"}
        assert set((await to_thread.run_sync(fleet.serving)).values()) == {"good"}
        assert [fleet.machines[name].audit() == WHOLE for name in ("web-1", "web-3", "web-4")] == [True] * 3


async def test_a_host_that_cannot_be_reached_is_named_and_left_out_by_a_persons_word_alone(tmp_path: Path) -> None:
    async with fleet_of(3, tmp_path) as (shop, fleet):
        async with serving(shop) as agent:
            incident = await agent.decided()
            fleet.machines["web-2"].unplug()
            stopped = await agent.call("rollback", incident=incident)
            assert stopped.get("problem", {}).get("code") == "host_unreachable", stopped
            assert "web-2" in stopped["problem"]["reason"]
            assert f"flightrules decide {incident} rollback --without web-2" in stopped["problem"]["remedy"]
            assert touched(fleet) == []

            words = ("decide", incident, "rollback", "--without", "web-2", "--reason", "its rack is dark")
            await in_terminal(shop, words, "yes")
            answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        assert await to_thread.run_sync(fleet.serving) == {"web-1": "good", "web-2": "bad", "web-3": "good"}
        assert touched(fleet) == ["web-1", "web-3"]
        (plan,) = [event["plan"] for event in shop.log().events("plan_proposed")]
        assert plan["left_out"] == ["web-2"]


async def test_a_server_killed_between_two_waves_is_followed_by_one_that_goes_on_with_the_next(tmp_path: Path) -> None:
    async with fleet_of(3, tmp_path, own_addresses=False) as (shop, fleet):
        log, gates = shop.log(), shop.gates
        gates.close("canary", "checkout --detach")
        async with serving(shop) as agent:
            incident = await agent.decided()
            async with agent.rolling_back(incident) as found:
                await gates.reached("canary")
                log.refuse("operation_launching")
                gates.open("canary")
                await log.has("host_finished")
                await agent.kill()
        assert "lost" in found
        assert touched(fleet) == ["web-1"]
        log.accept("operation_launching")
        gates.close("next", "checkout --detach")
        async with serving(shop) as agent, agent.rolling_back(incident) as answer:
            await eventually(lambda: bool(agent.progress), "the agent hears how it goes")
            gates.open("next")
        assert answer["result"]["state"] == "succeeded", answer
        assert set((await to_thread.run_sync(fleet.serving)).values()) == {"good"}
        assert [machine.audit() for machine in fleet.machines.values()] == [WHOLE] * 3
        assert len(log.events("operation_launching")) == 3
        outside = [claim for claim in answer["result"]["proof"] if "health from" in claim or "health answer" in claim]
        assert [claim.split(": ")[1] for claim in outside] == ["web-3"] * 2, "the common address speaks for the last"
