"""The stage of the demo: a production with its settings file, a healthy release on record and a broken one deployed.

Knows: the sandbox and the command line of flightrules. Must not know: what the agent does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anyio import to_thread

from sandbox import engine
from sandbox.process import SandboxError, run
from sandbox.production import Kind, Production, sandbox_production

GOOD, BROKEN = "v4", "v5"
TARGET = "shop"
_LAST_DAYS = {"v3": timedelta(days=2), GOOD: timedelta(days=1)}
_COMMAND_LIMIT_S = 60.0
_HEALTHY_LIMIT_S = 20.0
_AGAIN_AFTER_S = 0.5
_EACH = """
import contextlib, io, json, sys
from flightrules.cli import main

def run(words):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            status = main(words)
        except SystemExit as left:
            status = left.code
    return status, said.getvalue()

print(json.dumps([run(words) for words in json.loads(sys.argv[1])]))
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Choice of what runs the shop, and the reason for it."""

    kind: Kind
    why: str
    made_image: bool = False
    """True if the base image was made for this demo alone."""


def choose(wanted: Kind | None) -> Choice:
    """Containers where they can be had, else plain processes.

    Raises:
        SandboxError: containers are asked for and cannot be had, or nothing can run here.
    """
    if sys.platform != "linux":
        raise SandboxError(f"the sandbox plays a Linux host on this machine, which is {sys.platform}; use Linux or WSL")
    if wanted == "commands":
        return Choice("commands", "as asked")
    try:
        made = _make_sure_of_containers()
    except SandboxError as missing:
        if wanted == "compose":
            raise
        return Choice("commands", str(missing).partition("\n")[0])
    return Choice("compose", f"Docker engine {engine.engine_version()} answers, and the base image is there", made)


def _make_sure_of_containers() -> bool:
    """Make sure that there are containers; return True if the base image had to be made.

    Raises:
        SandboxError: there are no containers to be had; says why.
    """
    if engine.engine_version() is None:
        raise SandboxError("no Docker engine answers")
    if engine.compose_version() is None:
        raise SandboxError("the Docker engine has no compose plugin")
    if engine.has_base_image():
        return False
    engine.make_base_image()
    try:
        run("docker", "run", "--rm", "--network", "none", engine.BASE_IMAGE, "true")
    except SandboxError as unfit:
        engine.remove_base_image()
        raise SandboxError("this machine's busybox does not run in a container (it may not be static)") from unfit
    return True


@dataclass(frozen=True, slots=True)
class Stage:
    """A production that flightrules looks after."""

    production: Production

    @property
    def folder(self) -> Path:
        """Return the folder that holds settings, log and documents."""
        return self.production.folder / "flightrules"

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "flightrules.toml"

    def words(self, *words: str) -> list[str]:
        """A command line of flightrules for this production."""
        return [sys.executable, "-m", "flightrules.cli", "--config", str(self.settings), *words]

    async def flightrules(self, *words: str) -> tuple[int, str]:
        """Run a command of flightrules to its end; gives its exit status and what it printed."""
        return await self._run(self.words(*words))

    async def each(self, *commands: Sequence[str]) -> list[tuple[int, str]]:
        """Run commands one after the other in one process, which costs more to start than any of them takes.

        Raises:
            SandboxError: the process died over one.
        """
        whole = [["--config", str(self.settings), *words] for words in commands]
        status, said = await self._run([sys.executable, "-c", _EACH, json.dumps(whole)])
        if status != 0:
            raise SandboxError(f"the commands of flightrules died: {said}")
        return [(status, text) for status, text in json.loads(said.splitlines()[-1])]

    async def _run(self, command: Sequence[str]) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.folder,
            env=environment(),
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), _COMMAND_LIMIT_S)
        except BaseException:
            if process.returncode is None:
                process.kill()
                await process.wait()
            raise
        return process.returncode or 0, out.decode(errors="replace")

    async def observe(self) -> str:
        """Put the release that runs on record as healthy; containers take a moment to say that they are.

        Raises:
            SandboxError: it does not become healthy.
        """
        deadline = time.monotonic() + _HEALTHY_LIMIT_S
        while True:
            status, said = await self.flightrules("observe", TARGET)
            if status == 0:
                return said
            if time.monotonic() > deadline:
                raise SandboxError(f"the shop does not become healthy; `flightrules observe` says:\n{said}")
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def health(self) -> tuple[int, str]:
        """Return what the health address answers now."""
        return await to_thread.run_sync(self.production.get, self.production.health_url)


def environment() -> dict[str, str]:
    """This process's environment without settings of flightrules: the demo names its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FLIGHTRULES_")}


@asynccontextmanager
async def stage(choice: Choice) -> AsyncIterator[Stage]:
    """Put the shop into production, healthy, with a settings file; gone without a trace at the end."""
    now = datetime.now(UTC)
    try:
        deployed = {name: now - age for name, age in _LAST_DAYS.items()}
        async with sandbox_production(choice.kind, deployed=deployed, name=TARGET) as production:
            await production.settle(200)
            made = Stage(production)
            made.folder.mkdir()
            made.settings.write_text(production.toml)
            yield made
    finally:
        if choice.made_image:
            await to_thread.run_sync(engine.remove_base_image)
