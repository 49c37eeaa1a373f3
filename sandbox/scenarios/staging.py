"""Puts a scenario on a stage: the shop in production, healthy and on record, then broken as the scenario says.

Knows: the sandbox and the command line of flightrules. Must not know: who answers the incident.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread

from sandbox import shop
from sandbox.demo_stage import Stage
from sandbox.process import SandboxError, wait_until
from sandbox.production import Kind, Production, sandbox_production
from sandbox.scenarios.scenario import Scenario
from sandbox.shop.behaviour import WORLD, world_file
from sandbox.shop.repository import Release
from sandbox.ssh import Ssh, free_port
from sandbox.toml import dump
from sandbox.wire import Wire

POLICY = {"policy": {"verification": {"settle_seconds": 1, "health_timeout_seconds": 20}}}
_BREAKS_LIMIT_S = 20.0
_LIMITS = """\
    volumes: ["./world:/world:ro"]
    mem_limit: 64m
    shm_size: 128m
"""
"""Settings of the web service under Compose: a view of the world, and limited memory."""


_WORLD_README = "Settings of this host that no release carries.\n"


@dataclass(frozen=True, slots=True)
class Transition:
    """A broken production, and the hands of those who run the world around it."""

    scenario: Scenario
    stage: Stage
    network: Network

    @property
    def production(self) -> Production:
        """The shop."""
        return self.stage.production

    async def break_it(self) -> None:
        """Let the fault happen.

        Raises:
            SandboxError: it does not show.
        """
        if self.scenario.bad is not None:
            await self._deploy(self.scenario.bad.name)
        if self.scenario.world:
            self._world.write_text(world_file(self.scenario.world))
        if self.scenario.symptom >= 0:
            await self.production.settle(self.scenario.symptom, limit_s=_BREAKS_LIMIT_S)
        else:
            await to_thread.run_sync(self._see_both)
        if self.scenario.unreachable:
            await self.network.cut()

    async def mend_the_world(self) -> None:
        """Take away what is wrong around the release; the release stays what it is."""
        self._world.write_text("")
        await self.network.mend()

    @property
    def _world(self) -> Path:
        return self.production.app_dir / WORLD

    async def _deploy(self, name: str) -> None:
        try:
            await self.production.deploy(name)
        except SandboxError:
            if self.scenario.symptom:  # a release that ends at once may fail its own deployment
                raise

    def _see_both(self) -> None:
        seen: set[int] = set()

        def both() -> bool:
            seen.add(self.production.get(self.production.health_url)[0])
            return len(seen) > 1

        if not wait_until(both, limit_s=_BREAKS_LIMIT_S):
            raise SandboxError(f"the health check answers {seen} and nothing else")


@dataclass(slots=True)
class Network:
    """The way to the host, which can be cut and mended."""

    wire: Wire
    port: int = field(default_factory=free_port)
    _laid: AsyncExitStack | None = None

    @property
    def up(self) -> bool:
        """Return True if the host can be reached."""
        return self._laid is not None

    async def mend(self) -> None:
        """Lay the wire, if it is not laid."""
        if self._laid is None:
            self._laid = AsyncExitStack()
            await self._laid.enter_async_context(self.wire.laid(self.port))

    async def cut(self) -> None:
        """Cut it: nobody answers at the host's port."""
        if self._laid is not None:
            await self._laid.aclose()
            self._laid = None


@asynccontextmanager
async def transition(scenario: Scenario, kind: Kind, ssh: Ssh | None = None) -> AsyncIterator[Transition]:
    """Stage a scenario up to the moment before it breaks; gone without a trace at the end."""
    now = datetime.now(UTC)
    deployed = {name: now - age for name, age in scenario.ages.items()}
    releases = [_in_this_world(release) for release in scenario.releases]
    async with sandbox_production(kind, ssh=ssh, releases=releases, deployed=deployed) as production:
        network = Network(Wire(production.ssh.port))
        await network.mend()
        try:
            wired = replace(production, ssh=replace(production.ssh, port=network.port))
            stage = Stage(wired)
            stage.folder.mkdir()
            stage.settings.write_text(f"{wired.toml}\n{dump(POLICY)}")
            await production.settle(200)
            await stage.observe()
            yield Transition(scenario, stage, network)
        finally:
            await network.cut()


def _in_this_world(release: Release) -> Release:
    """A release whose containers see the world around them."""
    text = (Path(shop.__file__).parent / "files" / "compose.yml").read_text()
    name, found, rest = text.partition("    restart: unless-stopped\n")
    files = {"compose.yml": f"{name}{_LIMITS}{found}{rest}", f"{Path(WORLD).parent}/README": _WORLD_README}
    return replace(release, files={**files, **release.files})
