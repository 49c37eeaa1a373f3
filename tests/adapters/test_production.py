"""Behaviour of the SSH production if a host, a program or an answer is not as it should be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.production import SshProduction
from flightrules.adapters.ssh import Limits
from flightrules.errors import Defect, Unavailable
from flightrules.state.evidence import Finding
from flightrules.state.target import CommandsRuntime, Host, Target
from sandbox.embedded import EmbeddedHost, embedded_host
from sandbox.process import run
from sandbox.ssh import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedHost]:
    run("git", "init", "--quiet", "--initial-branch=main", str(tmp_path / "app"))
    who = ("-c", "user.name=A", "-c", "user.email=a@example")
    run("git", "-C", str(tmp_path / "app"), *who, "commit", "--quiet", "--allow-empty", "--message", "one")
    async with embedded_host(tmp_path / "ssh") as embedded:
        yield embedded


def host(server: EmbeddedHost, name: str, *, port: int = 0) -> Host:
    ssh = server.ssh
    port = port or ssh.port
    return Host(name=name, address=ssh.address, port=port, user=ssh.user, key=str(ssh.key), host_key=ssh.host_key)


def target(app_dir: Path, *hosts: Host, status: tuple[str, ...] = ("true",)) -> Target:
    runtime = CommandsRuntime(status=status, logs=("echo", "ERROR one"), restart=("true",))
    url = f"http://127.0.0.1:{free_port()}/health"
    return Target(name="shop", hosts=hosts, app_dir=str(app_dir), runtime=runtime, health_url=url)


async def collect(production: SshProduction, limit_s: float = 20.0) -> dict[tuple[str | None, str], Finding]:
    found = await production.collect(limit_s=limit_s)
    await production.close()
    return {(finding.host, finding.probe): finding for finding in found}


async def test_all_hosts_are_read_and_one_that_cannot_be_reached_costs_only_itself(
    server: EmbeddedHost, tmp_path: Path
) -> None:
    hosts = (host(server, "a"), host(server, "b", port=free_port()), host(server, "c"))
    found = await collect(SshProduction(target(tmp_path / "app", *hosts), SystemClock()))
    probes = {"services", "disk", "memory", "deploys", "logs:app"}
    assert {key for key, finding in found.items() if finding.readable} == {
        (None, "health"),
        *(("a", probe) for probe in probes),
        *(("c", probe) for probe in probes),
    }
    assert all("cannot be reached" in finding.why for (name, _), finding in found.items() if name == "b")


async def test_hosts_are_read_at_once(server: EmbeddedHost, tmp_path: Path) -> None:
    hosts = [host(server, f"h{number}") for number in range(4)]
    began = time.perf_counter()
    await collect(SshProduction(target(tmp_path / "app", *hosts, status=("sleep", "1")), SystemClock()))
    assert time.perf_counter() - began < 3


async def test_what_was_read_until_the_time_limit_is_kept(server: EmbeddedHost, tmp_path: Path) -> None:
    stuck = ("sh", "-c", "trap '' TERM; sleep 30 & wait; wait; sleep 30")
    production = SshProduction(target(tmp_path / "app", host(server, "a"), status=stuck), SystemClock())
    found = await collect(production, limit_s=1.5)
    assert found["a", "disk"].readable
    assert not found["a", "services"].readable
    assert "time limit" in found["a", "services"].why or "no end within 1.5 s" in found["a", "services"].why
    async with asyncio.timeout(10):
        while server._children:  # noqa: ASYNC110 - the program on the host ends by itself, and cleans up
            await asyncio.sleep(0.02)


async def test_a_host_that_says_nothing_costs_no_more_than_the_time_limit(server: EmbeddedHost, tmp_path: Path) -> None:
    production = SshProduction(
        target(tmp_path / "app", host(server, "a", port=free_port())), SystemClock(), limits=Limits(connect_s=0.3)
    )
    assert not (await collect(production, limit_s=1))["a", "disk"].readable


@pytest.mark.parametrize("release", ["main", "abc1234", "A" * 40, "", "$(reboot)"])
async def test_a_release_that_is_no_full_commit_never_reaches_a_host(
    server: EmbeddedHost, tmp_path: Path, release: str
) -> None:
    production = SshProduction(target(tmp_path / "app", host(server, "a")), SystemClock())
    with pytest.raises(Defect, match="commit id"):
        await production.survey("a", release)
    with pytest.raises(Defect, match="commit id"):
        await production.remember("a", release)
    assert server.cut() == 0


async def test_a_folder_that_is_not_there_is_unavailable(server: EmbeddedHost, tmp_path: Path) -> None:
    production = SshProduction(target(tmp_path / "none", host(server, "a")), SystemClock())
    with pytest.raises(Unavailable, match="none"):
        await production.running("a")
    with pytest.raises(Unavailable, match="host a"):
        await production.survey("a", "a" * 40)
    with pytest.raises(Unavailable, match="none"):
        await production.look("a", "OP-1")
    await production.close()


async def test_a_host_without_the_programs_the_runner_needs_is_told_apart(
    server: EmbeddedHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.adapters.test_runner import operation, step

    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "git", "date", "timeout", "mktemp", "env"):
        (programs / name).symlink_to(run("sh", "-c", f"command -v {name}").strip())
    monkeypatch.setenv("PATH", str(programs))
    production = SshProduction(target(tmp_path / "app", host(server, "a")), SystemClock())
    with pytest.raises(Unavailable, match="this host has no flock"):
        await production.launch(operation(step("true")).model_copy(update={"host": "a"}))
    await production.close()


async def test_a_key_that_others_on_this_machine_can_read_is_seen(server: EmbeddedHost, tmp_path: Path) -> None:
    production = SshProduction(target(tmp_path / "app", host(server, "a")), SystemClock())
    assert not (await production.guard("a")).key_open
    server.ssh.key.chmod(0o640)
    assert (await production.guard("a")).key_open
    await production.close()
