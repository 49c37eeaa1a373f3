"""Without containers, in both layouts: each step once, undone before a change, looked at when lost, proven."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.realhost.commands import HELD, Layout, plain_shop
from tests.realhost.faults import BAD, GOOD, eventually, in_terminal, serving, whole_audit

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.geteuid() != 0 and os.environ.get("REALHOST") != "required", reason="sshd needs root"),
]

BOTH = pytest.mark.parametrize(("layout", "gated"), [("checkout", True), ("releases", False)])
CROSSED = pytest.mark.parametrize(("layout", "gated"), [("checkout", False), ("releases", True)])
"""Each test plays one layout behind the gate and one without: both ways are played, and none twice."""


@CROSSED
async def test_a_step_that_fails_before_the_restart_leaves_everything_as_it_was(
    layout: Layout, tmp_path: Path, *, gated: bool
) -> None:
    async with plain_shop(layout, tmp_path, releases=[GOOD, BAD]) as plain:
        shop = plain.behind_gate(gated)
        process = shop.process()
        if layout == "releases":
            shop.forget_folder(shop.good)
            (shop.production.folder / "current.new").mkdir()
        else:
            (shop.app / ".git" / "index.lock").touch()
        async with serving(shop) as agent:
            incident = await agent.decided()
            if layout == "checkout":
                answer = await agent.call("rollback", incident=incident)
                assert answer["problem"]["code"] == "checkout_blocked", answer
            else:
                answer = await agent.rolled_back(incident)
                assert answer["result"]["state"] == "failed", answer  # the switch itself could not be undone
                assert "undone: release" in answer["says"]
        assert (shop.stands_at(), shop.serves(), shop.process()) == (shop.bad, "", process)
        if layout == "releases":
            assert not (shop.production.folder / "releases" / shop.good).exists()


@BOTH
async def test_an_operation_that_is_killed_midway_is_looked_at_and_a_person_goes_on(
    layout: Layout, tmp_path: Path, *, gated: bool
) -> None:
    async with plain_shop(layout, tmp_path, releases=[GOOD, BAD]) as plain:
        shop = plain.behind_gate(gated).with_target({"restart": [*HELD, plain.ctl]})
        shop.gates.close("restart", "sha256sum /dev/null")
        async with serving(shop) as agent:
            incident = await agent.decided()
            async with agent.rolling_back(incident) as found:
                await shop.log().sees_running("restart")
                shop.kill_operation()
            assert found["result"]["state"] == "indeterminate", found
            assert "the operation was lost midway" in found["says"]
            assert f"{shop.bad} instead of {shop.good}" in found["says"]
            assert (shop.stands_at(), shop.production.get("/api/v1/health")[0]) == (shop.good, 500)

            shop.gates.open("restart")
            words = ("decide", incident, "rollback", "--to", shop.good, "--reason", "once more")
            await in_terminal(shop, words, "yes")
            answer = await agent.rolled_back(incident)
        assert answer["result"]["state"] == "succeeded", answer
        await eventually(lambda: shop.serves() == shop.good, "the good release serves")
        assert len([line for line in shop.audit() if "restart started" in line]) == 2


async def test_a_folder_that_holds_the_release_is_used_as_it_is(tmp_path: Path) -> None:
    async with plain_shop("releases", tmp_path, releases=[GOOD, BAD]) as shop:
        folder = shop.production.folder / "releases" / shop.good
        (folder / "installed").write_text("by the deployment\n")
        async with serving(shop) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "succeeded", answer
        assert shop.audit() == whole_audit("switch", "restart")
        assert (shop.production.folder / "current" / "installed").read_text() == "by the deployment\n"
