"""The world moves between the plan and its first step, or between an observation and the rollback that needs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.process import run
from sandbox.production import let_go
from sandbox.shop.repository import checkout
from tests.realhost.faults import Shop, approves, broken_shop, eventually, in_terminal, release, serving, whole_audit

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]


async def approved_then(shop: Shop, move: Callable[[], object]) -> dict[str, Any]:
    """A rollback that a person approved in a terminal, and then something moved before it was started."""
    async with serving(shop, None) as agent:
        incident = await agent.decided()
        waiting = await agent.call("rollback", incident=incident)
        assert waiting["result"]["state"] == "awaiting_approval", waiting
        digest = waiting["result"]["digest"]
        assert f"flightrules approve {incident}" in waiting["says"]
        seen = await in_terminal(shop, ["approve", incident], digest)
        assert "Approved until" in seen, seen
        move()
        return await agent.call("rollback", incident=incident)


def nothing_was_done(shop: Shop) -> bool:
    kinds = shop.log().kinds()
    return shop.audit() == [] and "rollback_started" not in kinds and "plan_dropped" in kinds


async def test_an_approval_given_in_a_terminal_starts_exactly_that_rollback() -> None:
    async with broken_shop("commands") as shop:
        answer = await approved_then(shop, lambda: None)
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.log().events("approval_granted")[0]["channel"] == "cli"
        assert shop.audit() == whole_audit("checkout", "restart")


async def test_an_image_that_went_after_the_approval_voids_it_and_a_new_plan_rebuilds() -> None:
    async with broken_shop() as shop:
        answer = await approved_then(shop, lambda: shop.forget_image("web", shop.good))
        assert answer["result"]["state"] == "plan_void", answer
        assert "images on shop-1" in answer["says"]
        assert nothing_was_done(shop)
        asked: list[str] = []

        async def person(question: str) -> bool:
            asked.append(question)
            return True

        async with serving(shop, person) as agent:
            (incident,) = (event["incident"] for event in shop.log().events("incident_opened"))
            answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        assert "images must be rebuilt" in asked[0]
        assert shop.audit() == whole_audit("checkout", "build", "up")


async def test_a_deployment_after_the_approval_voids_it() -> None:
    async with broken_shop("commands") as shop:

        def deploy() -> None:
            checkout(shop.app, shop.good, at=datetime.now(UTC))
            shop.production.ctl("restart")

        answer = await approved_then(shop, deploy)
        assert answer["result"]["state"] == "plan_void", answer
        assert "production" in answer["says"], answer  # healthy by now, or still starting: moved in any case
        assert nothing_was_done(shop)


def remembered_by_observation(shop: Shop) -> str:
    return shop.image(shop.remembered("web", shop.good))


async def observed_good(shop: Shop) -> str:
    """Have the good release observed healthy, then the bad one deployed over it; gives the image it ran."""
    await shop.production.deploy("good")
    health = ("ps", "--format", "{{.Health}}")
    await eventually(lambda: shop.production.compose(*health, release="good").strip() == "healthy", "it is healthy")
    seen = await in_terminal(shop, ["observe"])
    assert "shop: healthy" in seen, seen
    image = shop.images()["web"]
    assert remembered_by_observation(shop) == image
    await shop.production.deploy("bad")
    await shop.answers(500)
    return image


FIXED_TAG = release("good").files["compose.yml"].replace(":${GIT_SHA:-dev}", ":latest")


async def test_an_observed_release_comes_back_as_the_very_image_that_was_seen_healthy() -> None:
    good, bad = release("good", compose__yml=FIXED_TAG), release("bad", "error500", compose__yml=FIXED_TAG)
    async with broken_shop(good=good, bad=bad) as shop:
        image = await observed_good(shop)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.images() == {"web": image}
        assert shop.audit() == whole_audit("checkout", "retag", "up")


def prune_all_unused_images(shop: Shop) -> None:
    """`docker image prune --all`, which takes every image that no container uses; of this shop's only."""
    of_shop = f"label=com.docker.compose.project={shop.production.project}"
    run("docker", "image", "prune", "--all", "--force", "--filter", of_shop)


async def test_an_observed_release_outlives_a_prune_of_all_unused_images_and_needs_no_build() -> None:
    async with broken_shop() as shop:
        image = await observed_good(shop)
        prune_all_unused_images(shop)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.images() == {"web": image}
        assert shop.gates.calls("compose", " build ") == []


@pytest.mark.parametrize("by", ["docker image rm", "docker image prune -af"])
async def test_an_observed_release_whose_image_was_removed_is_rebuilt_and_the_person_is_told(by: str) -> None:
    async with broken_shop() as shop:
        await observed_good(shop)
        let_go(shop.production.project)
        if by == "docker image rm":
            run("docker", "image", "rm", shop.remembered("web", shop.good), shop.tag("web", shop.good))
        else:
            prune_all_unused_images(shop)
        assert remembered_by_observation(shop) == ""
        asked: list[str] = []

        async def person(question: str) -> bool:
            asked.append(question)
            return await approves(question)

        async with serving(shop, person) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert "images must be rebuilt; a rebuild is not byte for byte what ran then" in asked[0]
        assert shop.audit() == whole_audit("checkout", "build", "up")


async def test_a_remembered_tag_alone_is_enough_where_the_deployments_own_name_was_removed() -> None:
    async with broken_shop() as shop:
        image = await observed_good(shop)
        shop.forget_image("web", shop.good)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.images() == {"web": image}
        assert shop.gates.calls("compose", " build ") == []
