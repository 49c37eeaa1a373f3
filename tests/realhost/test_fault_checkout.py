"""The checkout on the host is not as neat as it might be."""

from __future__ import annotations

import shutil

import pytest

from sandbox.process import run
from sandbox.shop.repository import git
from tests.realhost.faults import Shop, broken_shop, in_terminal, release, serving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]


async def test_changes_made_by_hand_need_acknowledgement_and_are_saved_as_a_patch_that_applies_again() -> None:
    async with broken_shop("commands") as shop:
        change = "changed by hand \u2603\n"
        (shop.app / "VERSION").write_text(change)
        (shop.app / "notes.bin").write_bytes(b"\0untracked\xff")
        async with serving(shop, acknowledges=False) as agent:
            incident = await agent.decided()
            refused = await agent.call("rollback", incident=incident)
        assert refused["problem"]["code"] == "not_acknowledged", refused
        assert "VERSION" in refused["says"]
        assert shop.audit() == []
        asked: list[str] = []

        async def acknowledges(question: str) -> bool:
            asked.append(question)
            return True

        async with serving(shop, acknowledges) as agent:
            answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        assert "VERSION" in asked[0]
        assert (shop.app / "VERSION").read_text() == "good\n"
        assert (shop.app / "notes.bin").read_bytes() == b"\0untracked\xff"
        (patch,) = shop.base.glob("*.patch")
        git(shop.app, "checkout", "--quiet", shop.bad)
        git(shop.app, "apply", str(patch))
        assert (shop.app / "VERSION").read_text() == change


async def test_changes_made_by_hand_after_the_plan_was_shown_are_not_thrown_away() -> None:
    async with broken_shop("commands") as shop:

        async def late(_question: str) -> bool:
            (shop.app / "VERSION").write_text("changed by hand\n")
            return True

        async with serving(shop, late) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "plan_void", answer
        assert "dirty" in answer["says"]
        assert (shop.app / "VERSION").read_text() == "changed by hand\n"


async def test_a_checkout_on_a_branch_is_left_detached_at_the_release_and_the_branch_is_where_it_was() -> None:
    async with broken_shop("commands") as shop, serving(shop) as agent:
        git(shop.app, "checkout", "--quiet", "-B", "main", shop.bad)
        answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.head() == shop.good
        assert git(shop.app, "rev-parse", "--abbrev-ref", "HEAD").strip() == "HEAD"
        assert git(shop.app, "rev-parse", "main").strip() == shop.bad
        assert shop.log().events("survey_read")[0]["survey"]["branch"] == "main"


async def test_a_build_that_fails_puts_the_branch_back_and_leaves_the_site_alone() -> None:
    unbuildable = release("good", Dockerfile="FROM scratch\nCOPY what-is-not-there /\n")
    async with broken_shop(good=unbuildable, good_was_built=False) as shop:
        git(shop.app, "checkout", "--quiet", "-B", "main", shop.bad)
        before = shop.images()
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "untouched", answer
        assert "step build ended with status" in answer["says"]
        assert "undone: save, checkout" in answer["says"]
        assert "a person" in answer["says"]
        assert git(shop.app, "rev-parse", "--abbrev-ref", "HEAD").strip() == "main"
        assert shop.head() == shop.bad
        assert shop.images() == before
        assert shop.gates.calls("compose", " up ") == []


@pytest.mark.parametrize("name", ["-f", "HEAD", "main\u202e"], ids=["option", "head", "turned"])
async def test_a_branch_of_an_odd_name_is_put_back_and_named_exactly(name: str) -> None:
    """The same branch stands there after the undo, and what the answer names goes back to it and to no other."""
    unbuildable = release("good", Dockerfile="FROM scratch\nCOPY what-is-not-there /\n")
    async with broken_shop(good=unbuildable, good_was_built=False) as shop:
        ref = f"refs/heads/{name}"
        git(shop.app, "branch", "--force", "main", shop.good)
        git(shop.app, "update-ref", ref, shop.bad)
        git(shop.app, "symbolic-ref", "HEAD", ref)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "untouched", answer
        assert "undone: save, checkout" in answer["says"]
        assert git(shop.app, "symbolic-ref", "HEAD").strip() == ref
        assert shop.head() == shop.bad


def make_shallow(shop: Shop) -> None:
    """Leave the checkout as a clone of depth one: only the bad release is in it."""
    fresh = shop.production.folder / "fresh"
    origin = f"file://{shop.production.folder}/origin"
    run("git", "clone", "--quiet", "--depth=1", "--no-tags", "--no-checkout", origin, fresh)
    shutil.rmtree(shop.app / ".git")
    (fresh / ".git").rename(shop.app / ".git")
    git(shop.app, "reset", "--quiet")
    assert shop.head() == shop.bad


async def person_names(shop: Shop, sha: str) -> str:
    """An incident in which a person named the release to go back to, which no history could tell."""
    async with serving(shop) as agent:
        incident = str((await agent.call("open_incident", target="shop", title="The shop answers 500"))["incident"])
        await agent.call("assess", incident=incident)
        await agent.call("classify", incident=incident)
    await in_terminal(shop, ["decide", incident, "rollback", "--to", sha, "--reason", "it worked"], "yes")
    return incident


async def test_a_release_that_a_shallow_clone_lacks_is_fetched() -> None:
    async with broken_shop("commands") as shop:
        make_shallow(shop)
        incident = await person_names(shop, shop.good)
        async with serving(shop) as agent:
            answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.log().events("survey_read")[0]["survey"]["fetched"] is True
        assert shop.head() == shop.good


async def test_a_release_that_is_nowhere_to_be_had_is_refused_before_anything_is_asked() -> None:
    async with broken_shop("commands") as shop:
        make_shallow(shop)
        git(shop.app, "remote", "remove", "origin")
        incident = await person_names(shop, shop.good)
        async with serving(shop) as agent:
            answer = await agent.call("rollback", incident=incident)
        assert answer["problem"]["code"] == "release_missing", answer
        assert shop.audit() == []


async def test_a_branch_that_was_forced_elsewhere_does_not_take_the_good_release_away() -> None:
    async with broken_shop("commands") as shop:
        origin = shop.production.folder / "origin"
        git(origin, "checkout", "--quiet", "--orphan", "other")
        git(origin, "commit", "--quiet", "--message", "Begin anew")
        git(origin, "branch", "--force", "main", "other")
        git(origin, "tag", "--delete", "good", "bad")
        git(shop.app, "tag", "--delete", "good", "bad")
        git(shop.app, "fetch", "--quiet", "--force", "--prune", "--prune-tags", "origin")
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.head() == shop.good


async def test_migrations_between_the_releases_need_acknowledgement_and_are_not_undone() -> None:
    bad = release("bad", "error500", **{"migrations/0007_drop_names__sql": "ALTER TABLE shop DROP COLUMN name;\n"})
    async with broken_shop("commands", bad=bad) as shop:
        async with serving(shop, acknowledges=False) as agent:
            incident = await agent.decided()
            refused = await agent.call("rollback", incident=incident)
        assert refused["problem"]["code"] == "not_acknowledged", refused
        assert "migrations/0007_drop_names.sql" in refused["says"]
        async with serving(shop) as agent:
            answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
