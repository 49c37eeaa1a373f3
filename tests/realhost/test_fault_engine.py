"""The Docker engine dies, or its disk fills, in the middle of a rollback: an engine of the tests' own."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import pytest

from sandbox import prodhost
from sandbox.engine import has_base_image, make_base_image
from sandbox.process import SandboxError, Started, run, start, stop_all_in, wait_until
from tests.realhost.faults import broken_shop, building, compose_file, eventually, release, serving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prodhost")]


@dataclass
class Engine:
    """A Docker engine whose state lies in one folder; it can die and come again."""

    folder: Path
    process: Started | None = None

    @property
    def address(self) -> str:
        return f"unix://{self.folder}/docker.sock"

    def start(self) -> None:
        with one_at_a_time():
            self._start()
            put_back_docker0()

    def _start(self) -> None:
        for stale in (self.folder / "pid", self.folder / "exec" / "containerd" / "containerd.pid"):
            stale.unlink(missing_ok=True)
        self.process = start(
            "dockerd",
            *("--host", self.address, "--data-root", self.folder / "data", "--exec-root", self.folder / "exec"),
            # Bridges and packet filters are the other engine's: this one makes only the networks of its projects.
            *("--pidfile", self.folder / "pid", "--bridge", "none", "--iptables=false"),
            *("--default-address-pool", "base=10.201.0.0/16,size=24"),
            log=self.folder / "log",
        )
        assert wait_until(self.answers, limit_s=40), (self.folder / "log").read_text()[-2000:]

    def answers(self) -> bool:
        try:
            return run("docker", "--host", self.address, "version", "--format", "{{.Server.Version}}") != ""
        except SandboxError:
            return False

    def die(self) -> None:
        """End as after a crash: containers are left to themselves."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        assert wait_until(lambda: not self.answers(), limit_s=10)

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop(grace_s=20)
        stop_all_in(self.folder)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let no other engine of the tests start meanwhile: it would remove docker0 while it is put back."""
    with (Path(gettempdir()) / "flightrules-fault-engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def put_back_docker0() -> None:
    """An engine without a bridge of its own takes docker0 away as it starts: it is the machine's engine's, by name."""
    inspect = ("docker", "--host", "unix:///var/run/docker.sock", "network", "inspect", "bridge")
    subnet = ip_network(run(*inspect, "--format", "{{range .IPAM.Config}}{{.Subnet}}{{end}}").strip())
    if not Path("/sys/class/net/docker0").exists():
        run("ip", "link", "add", "name", "docker0", "type", "bridge")
        run("ip", "address", "add", f"{next(subnet.hosts())}/{subnet.prefixlen}", "dev", "docker0")
        run("ip", "link", "set", "docker0", "up")


@contextmanager
def private_engine(monkeypatch: pytest.MonkeyPatch, *, megabytes: int = 0) -> Iterator[Engine]:
    """An engine of one's own, the default one of this process meanwhile; its disk is a small one where told."""
    with TemporaryDirectory(prefix="fault-engine-") as name:
        engine = Engine(Path(name).resolve())
        (engine.folder / "data").mkdir()
        if megabytes:
            run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", engine.folder / "data")
        monkeypatch.setenv("DOCKER_HOST", engine.address)
        try:
            engine.start()
            make_base_image()
            yield engine
        finally:
            engine.stop()
            prodhost.unmount_all(engine.folder)


def test_an_engine_of_ones_own_leaves_the_machine_its_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, private_engine(patched) as engine:
        engine.die()
        engine.start()
    ordinary = {"DOCKER_HOST": "unix:///var/run/docker.sock"}
    if not has_base_image():
        make_base_image()
    built = run("docker", "build", "-q", "-", stdin=b"FROM flightrules-sandbox-base:1\nRUN true\n", env=ordinary)
    assert built.startswith("sha256:"), "a build on the machine's engine needs its bridge"


async def test_an_engine_that_dies_under_the_up_step_is_waited_for_and_the_rollback_is_not_called_a_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with private_engine(monkeypatch) as engine:
        async with broken_shop(env={"DOCKER_HOST": engine.address}) as shop:
            shop.gates.close("up", "compose*up -d")
            async with serving(shop) as agent:
                incident = await agent.decided()
                async with agent.rolling_back(incident) as found:
                    await shop.log().sees_running("up")
                    engine.die()
                    shop.gates.open("up")
                    await eventually(
                        lambda: (shop.base / "holder").read_text() == "", "the host has ended the operation"
                    )
                    await shop.looked_at()
                    assert "rollback_finished" not in shop.log().kinds()
                    engine.start()
            assert found["result"]["state"] == "failed", found
            assert "step up ended with status" in found["says"]
            assert len(shop.gates.calls("compose", " up -d")) == 1
            (proof,) = shop.log().events("proof_taken")
            assert {s["service"]: s["image"] for s in proof["running"]["services"]} == shop.images()
            assert shop.images()["web"] == shop.image(shop.tag("web", shop.bad))


async def test_a_disk_that_fills_in_a_build_leaves_the_site_alone_and_the_work_tree_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hungry = release(
        "good",
        compose__yml=building(compose_file(), "{context: ., network: none}"),
        Dockerfile="FROM flightrules-sandbox-base:1\nCOPY app VERSION behaviour.conf /app/\n"
        'RUN dd if=/dev/zero of=/big bs=1M count=200\nCMD ["sh", "/app/web.sh"]\n',
    )
    asked: list[str] = []

    async def person(question: str) -> bool:
        asked.append(question)
        return True

    with private_engine(monkeypatch, megabytes=100) as engine:
        async with broken_shop(good=hungry, good_was_built=False, env={"DOCKER_HOST": engine.address}) as shop:
            before = shop.images()
            async with serving(shop, person) as agent:
                answer = await agent.rolled_back(await agent.decided())
            assert "MiB are free, a build may fail" in asked[0]
            assert answer["result"]["state"] == "untouched", answer
            assert "step build ended with status" in answer["says"]
            assert "undone: save, checkout" in answer["says"]
            assert "No space left on device" in answer["result"]["untrusted_output"]
            assert "No space left" in shop.log_of_operation()
            assert shop.head() == shop.bad
            assert shop.images() == before
            assert shop.production.get("/api/v1/health")[0] == 500
            assert shop.gates.calls("compose", " up -d") == []
