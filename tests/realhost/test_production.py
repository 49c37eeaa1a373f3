"""The shop on the real host is what the tests of flightrules take it for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from anyio import to_thread

from sandbox.process import run, wait_until
from sandbox.prodhost import Prodhost, up
from sandbox.production import Production, sandbox_production
from sandbox.shop.repository import Release, deployments, git
from sandbox.ssh import connect
from tests.realhost.gates import own_sshd

pytestmark = pytest.mark.anyio


async def test_a_fresh_production_serves_the_broken_release_with_every_earlier_image_at_hand(
    untouched: Production,
) -> None:
    assert untouched.get("/api/v1/health")[0] == 500
    running = untouched.compose("ps", "--format", "{{.Service}} {{.Image}}").split()
    assert set(running[::2]) == {"web", "worker", "mailer"}
    assert {image.rpartition(":")[2] for image in running[1::2]} == {untouched.releases["v5"]}
    images = run("docker", "image", "ls", "--format", "{{.Tag}}", f"{untouched.project}-web").split()
    assert set(images) == set(untouched.releases.values())


async def test_its_reflog_tells_when_each_release_was_deployed(untouched: Production) -> None:
    log = deployments(untouched.app_dir)
    assert [sha for sha, _ in log] == [untouched.releases[name] for name in ("v5", "v4", "v3", "v2", "v1")]
    ages = [round((datetime.now(UTC) - at) / timedelta(minutes=1)) for _, at in log]
    assert 4 <= ages[0] <= 6
    assert sorted(ages) == ages


async def test_its_checkout_is_clean(untouched: Production) -> None:
    assert git(untouched.app_dir, "status", "--porcelain") == ""


async def test_deploying_a_good_release_makes_it_healthy(production: Production) -> None:
    await production.deploy("v4")
    await production.settle(200)
    assert production.releases["v4"] in production.get("/api/v1/health")[1]


async def test_the_errors_of_the_broken_release_are_in_its_log(untouched: Production) -> None:
    assert "ERROR GET /api/v1/health 500" in untouched.compose("logs", "web")


async def test_it_is_reached_over_ssh_with_a_pinned_key(untouched: Production) -> None:
    async with await connect(untouched.ssh) as connection:
        done = await connection.run(f"docker compose -p {untouched.project} ps -q", check=True)
    assert isinstance(done.stdout, str)
    assert len(done.stdout.split()) == 3


async def test_it_leaves_nothing_behind(prodhost: Prodhost) -> None:
    async with sandbox_production("compose", ssh=prodhost.ssh, deployed=["v1"]) as shop:
        await shop.settle(200)
        of_project = ("--filter", f"label=com.docker.compose.project={shop.project}")
        assert len(run("docker", "ps", "--all", "--quiet", *of_project).split()) == 3
    assert run("docker", "ps", "--all", "--quiet", *of_project) == ""
    assert run("docker", "network", "ls", "--quiet", *of_project) == ""
    assert shop.project not in run("docker", "image", "ls", "--format", "{{.Repository}}")
    assert not shop.folder.exists()


async def test_bringing_the_host_up_again_changes_nothing(prodhost: Prodhost) -> None:
    assert up(prodhost.folder) == prodhost


async def test_releases_behave_in_containers_as_they_are_told(prodhost: Prodhost) -> None:
    releases = [
        Release(name, f"Behave as {name}", name) for name in ("ok", "characters500", "health500", "hog", "crash")
    ]
    async with sandbox_production("compose", ssh=prodhost.ssh, releases=releases, deployed=["ok"]) as shop:
        answers = {}
        for name, health in {"ok": 200, "characters500": 200, "health500": 500, "hog": 200, "crash": 0}.items():
            await shop.deploy(name)
            await shop.settle(health)
            answers[name] = shop.get("/api/v1/characters")[0]
        assert answers == {"ok": 200, "characters500": 500, "health500": 200, "hog": 200, "crash": 0}
        assert "CATALOGUE_URL is missing" in shop.compose("logs", "web")


@pytest.mark.usefixtures("prodhost")
async def test_cutting_its_connections_kills_no_command(tmp_path: Path) -> None:
    with own_sshd(tmp_path / "ssh") as sshd:
        async with await connect(sshd.ssh) as connection:
            script = f"echo ready; until [ -e {tmp_path}/go ]; do sleep 0.02; done; echo done >{tmp_path}/out"
            process = await connection.create_process(script)
            assert await process.stdout.readline() == "ready\n"
            assert sshd.cut() >= 1
            await connection.wait_closed()
        (tmp_path / "go").touch()
        assert await to_thread.run_sync(lambda: wait_until((tmp_path / "out").exists, limit_s=5))
