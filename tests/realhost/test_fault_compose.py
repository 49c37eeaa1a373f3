"""Compose files that changed between the releases, and a host whose environment says otherwise than the plan."""

from __future__ import annotations

import pytest

from sandbox.process import run
from sandbox.shop.repository import git
from tests.realhost.faults import broken_shop, compose_file, release, serving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]


async def test_a_service_that_the_bad_release_added_stays_and_is_named_and_one_it_removed_comes_back() -> None:
    good = release("good", compose__yml=compose_file("worker"))
    bad = release("bad", "error500", compose__yml=compose_file("extra"))
    asked: list[str] = []

    async def person(question: str) -> bool:
        asked.append(question)
        return True

    async with broken_shop(good=good, bad=bad) as shop, serving(shop.behind_gate(), person) as agent:
        incident = await agent.decided()
        settings = shop.app / ".env"
        before = settings.read_text()
        settings.write_text(before + "COMPOSE_REMOVE_ORPHANS=1\n")
        refused = await agent.call("rollback", incident=incident)
        assert refused["problem"]["code"] == "shadowed", refused
        assert "COMPOSE_REMOVE_ORPHANS in .env" in refused["says"]
        settings.write_text(before)
        answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        assert "extra is not part of that release and stays running" in asked[0]
        running = shop.production.compose("ps", "--format", "{{.Service}}", release="good").split()
        assert sorted(running) == ["extra", "web", "worker"]


async def test_a_renamed_service_that_keeps_the_port_is_a_failed_rollback_that_says_what_runs() -> None:
    bad = release("bad", "error500", compose__yml=compose_file(web="site"))
    async with broken_shop(bad=bad) as shop, serving(shop) as agent:
        answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "failed", answer
        assert "step up ended with status 1" in answer["says"]
        (proof,) = shop.log().events("proof_taken")
        seen = {s["service"]: (s["state"], s["image"]) for s in proof["running"]["services"]}
        assert seen["site"] == ("running", shop.image(shop.tag("site", shop.bad)))
        assert seen["web"][0] != "running"


async def test_a_compose_file_that_the_host_names_and_lacks_is_refused_before_anybody_is_asked() -> None:
    asked: list[str] = []

    async def person(question: str) -> bool:
        asked.append(question)
        return True

    async with broken_shop(env={"COMPOSE_FILE": "/nowhere.yml"}) as shop, serving(shop, person) as agent:
        answer = await agent.call("rollback", incident=await agent.decided())
    assert not answer["ok"]
    assert "/nowhere.yml" in answer["says"]
    assert asked == []


@pytest.mark.requirement("PEER-no-op-rollback")
async def test_what_the_host_sets_otherwise_does_not_turn_the_rollback_into_a_no_op_or_a_second_stack() -> None:
    elsewhere = {"GIT_SHA": "0" * 40, "COMPOSE_PROJECT_NAME": "elsewhere-fault"}
    asked: list[str] = []

    async def person(question: str) -> bool:
        asked.append(question)
        return True

    async with broken_shop(env=elsewhere) as shop, serving(shop, person) as agent:
        with (shop.app / ".env").open("a") as settings:
            settings.write(f"GIT_SHA={shop.bad}\nCOMPOSE_PROJECT_NAME=elsewhere-fault\n")
        answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert "environment files differ" not in asked[0]
        assert shop.images() == {"web": shop.image(shop.tag("web", shop.good))}
        assert shop.good in shop.production.get("/api/v1/health")[1]
        of_other = ("--filter", "label=com.docker.compose.project=elsewhere-fault")
        assert run("docker", "ps", "--all", "--quiet", *of_other) == ""


async def test_a_project_name_in_the_compose_file_does_not_make_a_second_stack() -> None:
    named = "name: elsewhere-fault\n" + compose_file()
    async with broken_shop(good=release("good", compose__yml=named)) as shop, serving(shop) as agent:
        answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.production.get("/api/v1/health")[0] == 200
        of_other = ("--filter", "label=com.docker.compose.project=elsewhere-fault")
        assert run("docker", "ps", "--all", "--quiet", *of_other) == ""


async def test_a_checkout_that_belongs_to_another_user_is_refused_and_runs_nothing_of_theirs() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        git(shop.app, "config", "core.fsmonitor", f"touch {shop.app}/ran")
        run("chown", "--recursive", "65534:65534", shop.app)
        answer = await agent.call("rollback", incident=await agent.decided())
        assert answer["problem"]["code"] == "foreign_owner", answer
        assert "nobody" in answer["says"]
        assert not (shop.app / "ran").exists()
