"""A production to break: the shop deployed on a host of its own, and gone without a trace afterwards.

Knows: what a team does to deploy, by hand. Must not know: how flightrules rolls back.
"""

from __future__ import annotations

import http.client
import shlex
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from anyio import to_thread

from flightrules.state.target import Target
from sandbox.embedded import EmbeddedHost, embedded_host
from sandbox.engine import has_base_image, make_base_image
from sandbox.process import SandboxError, run, stop_all_in, wait_until
from sandbox.shop.repository import RELEASES, Release, build_repository, checkout, clone
from sandbox.ssh import Ssh, free_port
from sandbox.toml import dump

Kind = Literal["compose", "commands"]
_SETTLE_LIMIT_S = 15.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """The shop in production: where it is, what was deployed, and the hands of its team."""

    kind: Kind
    name: str
    folder: Path
    """Everything of this production lies here; removed at the end."""
    project: str
    """The compose project; also in the name of every image."""
    releases: Mapping[str, str]
    """Full sha of each release by its name."""
    port: int
    ssh: Ssh
    host: EmbeddedHost | None
    """The embedded server, where there is one: it can cut connections."""

    @property
    def app_dir(self) -> Path:
        """The git checkout on the host."""
        return self.folder / "app"

    @property
    def health_url(self) -> str:
        """Return the address at which the shop says that it works."""
        return f"http://127.0.0.1:{self.port}/api/v1/health"

    @property
    def target(self) -> Target:
        """This production as flightrules sees it."""
        return Target.model_validate(self._table())

    @property
    def toml(self) -> str:
        """The text of a `flightrules.toml` for this production."""
        return dump({"targets": [self._table()]})

    async def deploy(self, release: str, *, at: datetime | None = None) -> None:
        """Deploy a release as its team does; `at` dates the reflog entry.

        Raises:
            SandboxError: a step failed, as it may for a release that is broken on purpose.
        """
        await to_thread.run_sync(lambda: self._deploy(release, at))

    async def ship(self, release: str, *, at: datetime | None = None) -> None:
        """Leave the traces of an earlier deployment, image and reflog entry, without running it now."""
        await to_thread.run_sync(lambda: self._ship(release, at))

    async def settle(self, status: int = 200, *, limit_s: float = _SETTLE_LIMIT_S) -> None:
        """Wait until the health check answers with this status, 0 for none.

        Raises:
            SandboxError: it did not in time.
        """
        last = -1

        def settled() -> bool:
            nonlocal last
            last = self.get(self.health_url)[0]
            return last == status

        if not await to_thread.run_sync(lambda: wait_until(settled, limit_s=limit_s)):
            raise SandboxError(f"{self.health_url} answered {last or 'nothing'} instead of {status or 'nothing'}")

    def get(self, url_or_path: str, *, timeout_s: float = 5.0) -> tuple[int, str]:
        """The status and body of a GET; the status is 0 where nothing answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request("GET", urlsplit(url_or_path).path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def compose(self, *words: str, release: str | None = None) -> str:
        """Run docker compose on this project, for a release where the command needs one."""
        sha = {} if release is None else {"GIT_SHA": self.releases[release]}
        return run("docker", "compose", "--project-name", self.project, *words, cwd=self.app_dir, env=sha)

    def ctl(self, *words: str) -> str:
        """Run the shop's own control script."""
        return run(self.app_dir / "ctl", *words, cwd=self.app_dir)

    def _deploy(self, release: str, at: datetime | None) -> None:
        checkout(self.app_dir, self.releases[release], at=at)
        if self.kind == "compose":
            self.compose("up", "--detach", "--build", release=release)
        else:
            self.ctl("restart")

    def _ship(self, release: str, at: datetime | None) -> None:
        checkout(self.app_dir, self.releases[release], at=at)
        if self.kind == "compose":
            self.compose("build", "--quiet", release=release)

    def _remove(self) -> None:
        # First whoever might still start something: a detached operation, a daemon of its own.
        stop_all_in(self.folder)
        try:
            if self.kind == "compose":
                down = ("down", "--volumes", "--remove-orphans", "--timeout", "1")
                run("docker", "compose", "--project-name", self.project, *down, cwd=self.folder)
                remove_images(self.project)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _table(self) -> dict[str, object]:
        return {
            "name": self.name,
            "app_dir": str(self.app_dir),
            "health_url": self.health_url,
            "release_pointer": "/release",
            "docs_dir": str(self.folder / "docs"),
            "runtime": self._runtime(),
            "hosts": [
                {
                    "name": "shop-1",
                    "address": self.ssh.address,
                    "port": self.ssh.port,
                    "user": self.ssh.user,
                    "key": str(self.ssh.key),
                    "host_key": self.ssh.host_key,
                }
            ],
            "checks": [
                {"name": "characters", "path": "/api/v1/characters", "contains": "Ada"},
                {"name": "avatar", "path": "/api/v1/avatar", "major": False},
            ],
        }

    def _runtime(self) -> dict[str, object]:
        if self.kind == "compose":
            return {"kind": "compose", "project": self.project}
        ctl = str(self.app_dir / "ctl")
        commands = {word: [ctl, word] for word in ("status", "logs", "restart", "release")}
        return {"kind": "commands", "service": "web", **commands}


@asynccontextmanager
async def sandbox_production(
    kind: Kind = "compose",
    *,
    ssh: Ssh | None = None,
    releases: Sequence[Release] = RELEASES,
    deployed: Sequence[str] | Mapping[str, datetime] | None = None,
    name: str = "shop",
) -> AsyncIterator[Production]:
    """Put the shop into production until the block ends, reached through `ssh` or else an embedded server.

    `deployed` names the releases deployed so far, oldest first, with their times where these matter; all of
    them, now, unless told. Only the last is really run, those before leave their image and their reflog entry.
    """
    folder = _make_folder()
    async with AsyncExitStack() as stack:
        host = None if ssh is not None else await stack.enter_async_context(embedded_host(folder / "ssh"))
        production = Production(
            kind=kind,
            name=name,
            folder=folder,
            project=f"shop-{uuid.uuid4().hex[:8]}",
            releases=await to_thread.run_sync(lambda: build_repository(folder / "origin", releases)),
            port=free_port(),
            ssh=ssh or _of(host),
            host=host,
        )
        try:
            await to_thread.run_sync(_prepare, production)
            await _deploy_in_turn(production, deployed)
            yield production
        finally:
            await to_thread.run_sync(production._remove)  # noqa: SLF001 - the end belongs to this block alone


def over_the_last_days(now: datetime) -> dict[str, datetime]:
    """Times for the usual releases: the good ones over the last days, the bad one four minutes ago."""
    ages = {"v1": 6 * _DAY, "v2": 4 * _DAY, "v3": 2 * _DAY, "v4": _DAY, "v5": timedelta(minutes=4)}
    return {name: now - age for name, age in ages.items()}


def remove_images(project: str) -> None:
    """Remove every image whose name tells that it belongs to a project, and what holds it against a prune."""
    let_go(project)
    names = run("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    for image in names:
        if project in image:
            run("docker", "image", "rm", "--no-prune", image)


def let_go(project: str) -> None:
    """Remove the containers that hold a project's remembered images."""
    holders = run("docker", "ps", "-aq", "--filter", f"label=flightrules.keep={project}").split()
    if holders:
        run("docker", "rm", "-v", *holders)


def _make_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sandbox-shop-")).resolve()


async def _deploy_in_turn(production: Production, deployed: Sequence[str] | Mapping[str, datetime] | None) -> None:
    names = list(production.releases if deployed is None else deployed)
    times = deployed if isinstance(deployed, Mapping) else {}
    for number, release in enumerate(names, start=1):
        step = production.deploy if number == len(names) else production.ship
        await step(release, at=times.get(release))


def _prepare(production: Production) -> None:
    # Another session on this machine that made the image takes it away at its end.
    if production.kind == "compose" and not has_base_image():
        make_base_image()
    clone(production.folder / "origin", production.app_dir)
    settings = {"SHOP_PORT": str(production.port), "PYTHON": shlex.quote(sys.executable)}
    (production.app_dir / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def _of(host: EmbeddedHost | None) -> Ssh:
    if host is None:
        raise SandboxError("there is neither an SSH server to use nor an embedded one")
    return host.ssh
