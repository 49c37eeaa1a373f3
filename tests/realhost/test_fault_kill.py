"""The server is killed as by a power cut at every point of a rollback; a new one on the same log carries it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from sandbox.process import run
from tests.realhost.faults import Shop, broken_shop, compose_file, eventually, release, serving, whole_audit

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]

STEPS = {
    "save": "diff --binary",
    "checkout": "checkout --detach",
    "retag": "docker tag",
    "build": "compose* build worker",
    "up": "compose*up -d",
}
"""The steps of a rollback, each with the words of its command."""

TWO = {"compose__yml": compose_file("worker")}


def give_every_step_a_reason(shop: Shop) -> None:
    """Leave a change to save, an image to bring back and an image to build."""
    (shop.app / "VERSION").write_text("changed by hand\n")
    run("docker", "tag", shop.tag("web", shop.good), shop.remembered("web", shop.good))
    shop.forget_image("web", shop.good)
    shop.forget_image("worker", shop.good)


asked: list[str] = []
"""The questions a person was asked, by all servers."""


async def approves(question: str) -> bool:
    asked.append(question)
    return True


async def killed(shop: Shop, incident: str, reached: Callable[[], Awaitable[None]], *, doomed: bool = False) -> None:
    """Run a server on this shop, have it carry the rollback on, and kill it at a point."""
    async with serving(shop, approves) as agent, agent.rolling_back(incident, doomed=doomed) as found:
        await reached()
        await agent.kill()
    assert "lost" in found


async def killed_before(shop: Shop, incident: str, kind: str, reached: Callable[[], Awaitable[None]]) -> None:
    """Kill a server when all it has still to do is to write one event."""
    log = shop.log()
    log.refuse(kind)
    await killed(shop, incident, reached, doomed=True)
    assert kind not in log.kinds()
    log.accept(kind)


@pytest.mark.timeout(300)
async def test_a_server_killed_at_every_point_leaves_one_whole_rollback() -> None:
    good, bad = release("good", **TWO), release("bad", "error500", **TWO)
    async with broken_shop(good=good, bad=bad) as reachable:
        shop = reachable.behind_gate()
        give_every_step_a_reason(shop)
        asked.clear()
        log, gates = shop.log(), shop.gates
        async with serving(shop) as agent:
            incident = await agent.decided()

        gates.close("survey", "status --porcelain")
        await killed(shop, incident, lambda: gates.reached("survey"))
        gates.open("survey")
        await killed_before(
            shop, incident, "approval_granted", lambda: eventually(lambda: bool(asked), "a person is asked")
        )
        await killed_before(shop, incident, "rollback_started", lambda: log.has("approval_granted"))
        await killed_before(shop, incident, "operation_launching", lambda: log.has("rollback_started"))
        gates.close("launch", "sha256sum")
        await killed(shop, incident, lambda: gates.reached("launch"))
        assert shop.audit() == []

        for step, words in STEPS.items():
            gates.close(step, words)
        gates.open("launch")
        for step in STEPS:
            await killed(shop, incident, lambda step=step: log.sees_running(step))  # type: ignore[misc]
            gates.open(step)

        gates.close("prove", "docker ps -a")
        await killed(shop, incident, lambda: gates.reached("prove"))
        gates.open("prove")
        await killed_before(shop, incident, "proof_taken", lambda: shop.answers(200))
        async with serving(shop) as agent:
            answer = await agent.rolled_back(incident)

        assert answer["result"]["state"] == "succeeded", answer
        assert shop.audit() == whole_audit(*STEPS)
        assert {step: len(gates.calls(*words.split("*"))) for step, words in STEPS.items()} == dict.fromkeys(STEPS, 1)
        assert len(asked) == 2, "the second time because the first yes was not on record yet"
        kinds = log.kinds()
        for once in ("plan_proposed", "approval_granted", "rollback_started", "operation_launching", "proof_taken"):
            assert kinds.count(once) == 1, (once, kinds)
