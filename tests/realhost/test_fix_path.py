"""A P3 on the fix path, on a real Docker host with a real checkout: what runs counts, and what changed is read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from flightrules.state.fix import CHECKLIST
from sandbox.prodhost import Prodhost
from sandbox.production import Production, sandbox_production
from sandbox.shop.repository import Release, git
from tests.realhost.test_incident import Agent, serving

pytestmark = pytest.mark.anyio

RELEASES = (
    Release(
        "good", "Make avatars round", files={"deploy/shop.env": "AVATAR_SHAPE=round\nGREETING=hello-secret-value\n"}
    ),
    Release(
        "bad",
        "Keep avatars in the new bucket",
        behaviour="avatar404",
        files={
            "deploy/shop.env": "AVATAR_SHAPE=square\nAVATAR_BUCKET=bucket-secret-value\n",
            "migrations/0007_avatars.sql": "alter table avatars add column bucket text;\n",
            "package.json": "{}\n",
        },
    ),
    Release("fixed", "Read avatars where they are kept", files={"deploy/shop.env": "AVATAR_BUCKET=avatars\n"}),
)
CHECKS: list[Any] = [
    {"item": item, "evidence": "seen in the checkout"} for item in CHECKLIST if item != "tests_passing"
]


@pytest.fixture
async def shop(prodhost: Prodhost) -> AsyncIterator[Production]:
    """A shop in which avatars are gone since four minutes; the release that mends it is not deployed."""
    now = datetime.now(UTC)
    deployed = {"good": now - timedelta(days=2), "bad": now - timedelta(minutes=4)}
    async with sandbox_production("compose", ssh=prodhost.ssh, releases=RELEASES, deployed=deployed) as production:
        await production.settle(200)
        yield production


@pytest.fixture
def checkout(shop: Production) -> Path:
    """The checkout of whoever mends it, with work of their own under way."""
    path = shop.folder / "checkout"
    git(shop.folder, "clone", "--quiet", str(shop.folder / "origin"), str(path))
    (path / "README.md").write_text("half done\n")
    return path


def settings(checkout: Path) -> str:
    return f'checkout = "{checkout}"\ntest = ["sh", "-c", "echo 12 passed"]\n'


async def verified_by(agent: Agent, incident: str) -> dict[str, Any]:
    """Verify until it is conclusive: a service that was just deployed is starting for a moment."""
    answer = await agent.call("verify", incident=incident)
    for _ in range(20):
        if answer["result"]["verdict"] != "inconclusive":
            break
        answer = await agent.call("verify", incident=incident)
    return answer


async def fixing(agent: Agent) -> str:
    """From detection to a fix that was begun."""
    incident = str((await agent.call("open_incident", target="shop", title="Avatars are gone"))["incident"])
    assessed = await agent.call("assess", incident=incident)
    assert assessed["result"]["checks_failed"] == ["avatar"], assessed
    assert (await agent.call("classify", incident=incident))["severity"] == "P3"
    known: dict[str, Any] = {"root_cause": "avatars are read from the old place", "isolated": True, "fix_safe": True}
    known |= {"fix_minutes": 10, "rollback_more_disruptive": True, "reason": "the migration cannot be undone"}
    decided = await agent.call("decide", incident=incident, **known)
    assert decided["result"]["path"] == "fix", decided
    assert (await agent.call("fix", incident=incident, action="begin", says="read the new place"))["ok"]
    return incident


@pytest.mark.requirement("FIX-what-runs", "FIX-branch-created", "FIX-tests-run", "RCA-compare")
async def test_a_fix_is_branched_tested_deployed_checked_and_what_had_changed_is_read(
    shop: Production, checkout: Path
) -> None:
    async with serving(shop, "auto", [], settings(checkout)) as agent:
        incident = await fixing(agent)
        before = git(checkout, "status", "--porcelain=v2", "--branch")
        branched = await agent.call("fix", incident=incident, action="branch")
        name = branched["result"]["branch"]
        assert name == f"incident/incident-{incident}-avatars-are-gone"
        assert git(checkout, "rev-parse", name).strip() == shop.releases["bad"]
        assert git(checkout, "status", "--porcelain=v2", "--branch") == before
        tested = await agent.call("fix", incident=incident, action="test", checks=CHECKS)
        assert tested["result"]["untrusted_output"] == "12 passed", tested
        await shop.deploy("fixed")
        await shop.settle(200)
        fixed = shop.releases["fixed"]
        reference = f"PR #7 ({fixed[:10]})"
        deployed = await agent.call(
            "fix", incident=incident, action="deployed", reference=reference, deployment="run 81"
        )
        assert deployed["phase"] == "verifying", deployed
        verified = await verified_by(agent, incident)
        assert verified["result"]["verdict"] == "restored", verified
        items = {item["item"]: item["saw"] for item in verified["result"]["checklist"]}
        assert items["the wanted release runs"] == fixed[:12]
        await _analysed(agent, incident, shop)


async def _analysed(agent: Agent, incident: str, shop: Production) -> None:
    compared = await agent.call("analyze", incident=incident, compare=True)
    lines = compared["result"]["untrusted_comparison"]
    assert f"from good {shop.releases['good'][:12]} to bad {shop.releases['bad'][:12]}" in lines[0], lines
    assert "migrations: migrations/0007_avatars.sql" in lines
    assert "dependencies: package.json" in lines
    assert "names of settings: AVATAR_BUCKET added, GREETING removed, AVATAR_SHAPE changed" in lines
    assert any("Keep avatars in the new bucket" in line for line in lines)
    (evidence,) = compared["result"]["evidence"]
    cause: Any = {"says": "avatars moved, and the page did not follow", "evidence": [evidence]}
    assert (await agent.call("analyze", incident=incident, whys=[cause], root_cause=cause))["phase"] == "analysed"
    written = await agent.call("write_report", incident=incident)
    report = await to_thread.run_sync(Path(written["result"]["path"]).read_text)
    for part in ("### What Changed", "migrations/0007_avatars.sql", "**Fix**: PR `#7`", f"`{evidence}`"):
        assert part in report, report
    whole = await agent.client.read_resource(f"incident://{incident}/log")
    assert "secret-value" not in report + json.dumps(whole.model_dump(mode="json"))


@pytest.mark.requirement("FIX-what-runs", "FIX-over", "DEC-fix-failed")
async def test_a_fix_that_does_not_run_in_production_falls_back_to_a_rollback(shop: Production, checkout: Path) -> None:
    asked: list[str] = []
    async with serving(shop, "auto", asked, settings(checkout)) as agent:
        incident = await fixing(agent)
        await agent.call("fix", incident=incident, action="test", checks=CHECKS)
        fixed = shop.releases["fixed"]
        await agent.call("fix", incident=incident, action="deployed", reference=fixed)
        verified = await verified_by(agent, incident)
        assert verified["result"]["verdict"] == "not_restored", verified
        assert f"{shop.releases['bad'][:12]} instead of {fixed[:12]}" in verified["says"]
        assert verified["next"][0]["call"] == "rollback"
        rolled = await agent.rolled_back(incident)
        assert rolled["result"]["state"] == "succeeded", rolled
        assert (await verified_by(agent, incident))["result"]["verdict"] == "restored"
    assert shop.releases["good"] in asked[0]
