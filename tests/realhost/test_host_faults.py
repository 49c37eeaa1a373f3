"""Failures on the way, on a real host: the work goes on, or the host says exactly what became of it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.production import SshProduction
from flightrules.errors import Unavailable
from flightrules.state.evidence import ServiceState
from flightrules.state.operation import Step
from flightrules.state.plan import compose_command
from flightrules.state.target import ComposeRuntime
from sandbox.process import run
from sandbox.production import Production
from tests.adapters.production_contract import World, seen
from tests.realhost.gates import own_sshd

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(production: Production) -> AsyncIterator[World]:
    async with seen(production) as world:
        yield world


def slow_build(world: World, go: Path) -> Step:
    """A real build that lasts until a file appears: it prints all the while, as builds do."""
    runtime = world.target.runtime
    assert isinstance(runtime, ComposeRuntime)
    build = " ".join((*compose_command(world.target, runtime), "build", "web"))
    script = f'until [ -e "$1" ]; do echo waiting; sleep 0.05; done; exec {build}'
    return Step(
        name="build", argv=("sh", "-c", script, "build", str(go)), env=(("GIT_SHA", world.good),), says="build slowly"
    )


async def begun(world: World, ident: str, name: str) -> None:
    async with asyncio.timeout(20):
        while name not in {step.name for step in (await world.production.look(world.host, ident)).steps}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def settled(world: World) -> tuple[ServiceState, ...]:
    """The services once each health check has had its say."""
    async with asyncio.timeout(20):
        now = await world.production.running(world.host)
        while "starting" in {state.health for state in now.services}:
            now = await world.production.running(world.host)  # takes its time on the host
    return now.services


async def test_a_connection_cut_in_the_middle_of_a_build_does_not_stop_the_rollback(
    production: Production, tmp_path: Path
) -> None:
    with own_sshd(tmp_path / "ssh") as sshd:
        async with seen(replace(production, ssh=sshd.ssh)) as world:
            operation = world.operation(world.checkout(), slow_build(world, tmp_path / "go"), world.up())
            await world.production.launch(operation)
            await begun(world, operation.id, "build")
            assert sshd.cut() >= 1
            (tmp_path / "go").touch()
            look = await world.ended(operation)
            assert (look.state, look.exit_status) == ("done", 0), look.log
            running = await world.production.running(world.host)
            survey = await world.production.survey(world.host, world.good)
            assert running.head == world.good
            assert {s.service: s.image for s in running.services} == {i.service: i.present for i in survey.images}


async def test_a_client_that_is_killed_right_after_the_launch_changes_nothing(
    world: World, production: Production, tmp_path: Path
) -> None:
    operation = world.operation(world.checkout(), slow_build(world, tmp_path / "go"), world.up())
    (tmp_path / "target.json").write_text(world.target.model_dump_json(by_alias=True))
    (tmp_path / "operation.json").write_text(operation.model_dump_json())
    client = (
        "import asyncio, os, pathlib, signal, sys\n"
        "from flightrules.adapters.clock import SystemClock\n"
        "from flightrules.adapters.production import SshProduction\n"
        "from flightrules.state.operation import Operation\n"
        "from flightrules.state.target import Target\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "target = Target.model_validate_json((folder / 'target.json').read_text())\n"
        "operation = Operation.model_validate_json((folder / 'operation.json').read_text())\n"
        "asyncio.run(SshProduction(target, SystemClock()).launch(operation))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", client, str(tmp_path), env={**os.environ, "PYTHONPATH": "src"}
    )
    assert await process.wait() == -9
    (tmp_path / "go").touch()
    look = await world.ended(operation)
    assert (look.state, look.exit_status) == ("done", 0), look.log
    await production.settle(200)


async def test_racing_launches_over_ssh_run_once(world: World, production: Production, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    operation = world.operation(Step(name="save", argv=("sh", "-c", f"echo ran >>{mark}"), says="count"))
    racers = [SshProduction(production.target, SystemClock()) for _ in range(5)]
    await asyncio.gather(*(racer.launch(operation) for racer in racers))
    await world.ended(operation)
    await asyncio.gather(*(racer.close() for racer in racers))
    assert mark.read_text() == "ran\n"


async def test_a_build_that_fails_puts_the_tree_back_and_leaves_the_containers_alone(world: World) -> None:
    before = await settled(world)
    runtime = world.target.runtime
    assert isinstance(runtime, ComposeRuntime)
    build = Step(
        name="build",
        argv=(*compose_command(world.target, runtime), "build", "no-such-service"),
        env=(("GIT_SHA", world.good),),
        says="build",
    )
    operation = world.operation(world.checkout(), build, world.up())
    await world.production.launch(operation)
    look = await world.ended(operation)
    assert (look.state, [(s.name, s.exit_status == 0, s.undone) for s in look.steps]) == (
        "done",
        [("checkout", True, True), ("build", False, False)],
    )
    running = await world.production.running(world.host)
    assert (running.head, running.services) == (world.bad, before)


async def test_a_second_rollback_is_turned_away_and_the_survey_names_the_first(world: World, tmp_path: Path) -> None:
    first = world.operation(slow_build(world, tmp_path / "go"))
    second = world.operation(world.checkout())
    await world.production.launch(first)
    await begun(world, first.id, "build")
    survey = await world.production.survey(world.host, world.good)
    assert survey.lock_alive
    assert f"operation {first.id} of incident INC-1, approved by Ada Lovelace" in survey.lock_holder
    await world.production.launch(second)
    look = await world.ended(second)
    assert (look.exit_status, look.steps) == (75, ())
    assert first.id in look.log
    (tmp_path / "go").touch()
    assert (await world.ended(first)).exit_status == 0


async def test_a_changed_host_key_stops_everything_but_the_outside_checks(production: Production) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    (host,) = production.target.hosts
    target = production.target.model_copy(update={"hosts": (host.model_copy(update={"host_key": key}),)})
    ssh = SshProduction(target, SystemClock())
    with pytest.raises(Unavailable, match=r"host key changed: SHA256:.* is pinned, SHA256:.* was presented"):
        await ssh.survey(host.name, production.releases["v4"])
    found = await ssh.collect()
    assert {finding.host for finding in found if finding.readable} == {None}
    assert all("host key changed" in finding.why for finding in found if finding.host is not None)
    await ssh.close()


async def test_the_settings_at_the_release_that_runs_explain_what_runs(world: World) -> None:
    survey = await world.production.survey(world.host, world.bad)
    assert {name for name, _ in survey.config_hashes} == {state.service for state in survey.services}
    assert (survey.differs, survey.differs_why) == ((), "")
    running = await world.production.running(world.host, release=world.bad)
    assert (running.differs, running.differs_why) == ((), "")
    at_another = await world.production.running(world.host, release=world.good)
    assert {item.service for item in at_another.differs or ()} == {state.service for state in survey.services}
    assert (survey.config_ok, survey.config_why) == (True, "")
    assert {image.service: image.buildable for image in survey.images} == {
        "web": True,
        "worker": False,
        "mailer": False,
    }


async def test_a_variable_on_the_host_does_not_count_as_shadowed_while_the_plan_wins(
    world: World, production: Production
) -> None:
    settings = production.app_dir / ".env"
    settings.write_text(settings.read_text() + "GIT_SHA=dev\n")
    survey = await world.production.survey(world.host, world.good)
    assert survey.shadowed == ()
    assert all(world.good in image.ref for image in survey.images)
    assert (survey.env_files_changed, survey.env_files_written) == ((), ())


async def test_an_image_outlives_a_prune_once_it_is_remembered(world: World, production: Production) -> None:
    await production.deploy("v4")
    remembered = dict(await world.production.remember(world.host, world.good))
    await production.deploy("v5")
    run("docker", "image", "rm", f"{production.project}-web:{world.good}")
    (web,) = [
        image for image in (await world.production.survey(world.host, world.good)).images if image.service == "web"
    ]
    assert (web.present, web.remembered) == ("", remembered["web"])


async def test_only_the_newest_remembered_releases_are_held_against_a_prune(production: Production) -> None:
    kept = production.target.runtime.model_copy(update={"kept_releases": 2})
    ssh = SshProduction(production.target.model_copy(update={"runtime": kept}), SystemClock())
    for name in ("v2", "v3", "v4", "v4"):
        await production.deploy(name)
        await ssh.remember(production.target.hosts[0].name, production.releases[name])
    await ssh.close()
    name = f"flightrules/{production.project}/web"
    of_web = ("--filter", f"label=flightrules.keep={production.project}", "--filter", f"label=flightrules.name={name}")
    holders = run("docker", "ps", "-a", *of_web, "--format", "{{.Names}} {{.State}}").splitlines()
    holder = f"flightrules-keep-{production.project}-web"
    audit = (production.app_dir / ".git" / "flightrules" / "audit.log").read_text().splitlines()
    acts = [line.split("\t")[4] for line in audit if " web" in line or f"{holder}-" in line]
    assert [act.partition(": sha256:")[0] for act in acts] == [
        *(f"image of web kept for {production.releases[v]}" for v in ("v2", "v3", "v4")),
        f"image no longer kept: {holder}-{production.releases['v2']}",
    ], "a line before each change, and none where nothing changed"
    assert sorted(holders) == sorted(f"{holder}-{production.releases[v]} created" for v in ("v3", "v4"))
    project = json.loads(run("docker", "compose", "ls", "--all", "--format", "json"))
    assert production.project in {entry["Name"] for entry in project}, "compose must not take a holder for a service"


async def test_a_release_whose_configuration_is_broken_is_surveyed_as_such(
    world: World, production: Production
) -> None:
    (production.app_dir / "compose.yml").write_text("services: [\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@example")
    run("git", "-C", str(production.app_dir), *who, "commit", "--quiet", "--all", "--message", "Break it")
    broken = run("git", "-C", str(production.app_dir), "rev-parse", "HEAD").strip()
    survey = await world.production.survey(world.host, broken)
    assert not survey.config_ok
    assert survey.config_why
    good = await world.production.survey(world.host, world.good)
    assert good.config_ok
