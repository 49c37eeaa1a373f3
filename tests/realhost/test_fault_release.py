"""The release that one goes back to is no better, or takes its time: only what is proven counts as success."""

from __future__ import annotations

from typing import Any

import pytest

from tests.realhost.faults import Shop, broken_shop, release, serving, whole_audit

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]

IMPATIENT = {"verification": {"settle_seconds": 2, "health_timeout_seconds": 6}}


async def failed_rollback(shop: Shop) -> dict[str, Any]:
    """The answer to a rollback that must not be called a success, and what every such answer owes its reader."""
    async with serving(shop) as agent:
        answer = await agent.rolled_back(await agent.decided())
    assert answer["result"]["state"] == "failed", answer
    assert answer["phase"] == "decided"
    assert "a person" in answer["says"]
    (proof,) = shop.log().events("proof_taken")
    assert {s["service"]: s["image"] for s in proof["running"]["services"]} == shop.images()
    assert shop.audit() == whole_audit("checkout", "up")
    return answer


async def test_an_old_release_that_crashes_in_a_loop_is_a_failed_rollback() -> None:
    async with broken_shop(good=release("good", "crash")) as shop:
        answer = await failed_rollback(shop.with_policy(**IMPATIENT))
    # Between two crashes the engine shows it running: then only the answer from outside tells.
    assert any(line.startswith("NO") for line in answer["result"]["proof"]), answer


async def test_an_old_release_that_answers_500_is_a_failed_rollback() -> None:
    async with broken_shop(good=release("good", "error500")) as shop:
        answer = await failed_rollback(shop.with_policy(**IMPATIENT))
    assert "health from outside" in answer["says"], answer


async def test_an_old_release_whose_health_flaps_is_a_failed_rollback() -> None:
    async with broken_shop(good=release("good", "flapping")) as shop:
        policy = {"verification": {"settle_seconds": 5, "health_timeout_seconds": 9}}
        answer = await failed_rollback(shop.with_policy(**policy))
    assert any(line.startswith("NO: stayed healthy") for line in answer["result"]["proof"]), answer


async def test_an_old_release_that_is_slow_to_get_healthy_is_waited_for() -> None:
    async with broken_shop(good=release("good", "warmup")) as shop, serving(shop) as agent:
        answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.production.get("/api/v1/health")[0] == 200


async def test_what_the_bad_release_logged_is_on_record_after_its_container_is_gone() -> None:
    async with broken_shop() as shop, serving(shop) as agent:
        answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert "lost connection to the catalogue" not in shop.production.compose("logs", release="good")
        (kept,) = (e["finding"] for e in shop.log().events("evidence_recorded") if e["finding"]["probe"] == "logs:web")
        assert "lost connection to the catalogue" in str(kept)
