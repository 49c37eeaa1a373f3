"""The shop with its releases side by side, as Capistrano leaves them: one folder each, and a link to the current one.

Knows: worktrees, and how a team deploys by switching a link. Must not know: how flightrules rolls back.
`app` is a clone that nothing runs out of; what all releases share, the control script among it, lies in `shared`.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from anyio import to_thread

from sandbox.process import run
from sandbox.production import Production
from sandbox.shop.repository import Release, build_repository, clone, git
from sandbox.ssh import Ssh, free_port

_CTL = Path(__file__).parent / "shop" / "files" / "ctl"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide(Production):
    """The shop whose releases lie side by side."""

    @property
    def releases_dir(self) -> Path:
        """Return the folder that holds a folder for each release."""
        return self.folder / "releases"

    @property
    def current(self) -> Path:
        """The link to the release that runs."""
        return self.folder / "current"

    @property
    def shared(self) -> Path:
        """Return the folder that all releases share."""
        return self.folder / "shared"

    def ctl(self, *words: str) -> str:
        """Run the shop's control script."""
        return run(self.shared / "ctl", *words)

    def current_release(self) -> str:
        """The commit of the folder the link leads to."""
        return git(self.current, "rev-parse", "HEAD").strip()

    def _deploy(self, release: str, at: datetime | None) -> None:
        self._ship(release, at)
        fresh = self.folder / "fresh"
        fresh.symlink_to(self.releases_dir / self.releases[release])
        fresh.rename(self.current)
        _date(self.current, at)
        self.ctl("restart")

    def _ship(self, release: str, at: datetime | None) -> None:
        folder = self.releases_dir / self.releases[release]
        if not folder.exists():
            git(self.app_dir, "worktree", "add", "--quiet", "--detach", str(folder), self.releases[release])
        _date(folder / ".git", at)

    def _runtime(self) -> dict[str, object]:
        ctl = str(self.shared / "ctl")
        commands = {word: [ctl, word] for word in ("status", "logs", "restart", "release")}
        return {"kind": "commands", "service": "web", "layout": "releases", **commands}


@asynccontextmanager
async def sandbox_side_by_side(
    ssh: Ssh, *, releases: Sequence[Release], deployed: Mapping[str, datetime]
) -> AsyncIterator[SideBySide]:
    """Put the shop into production until the block ends; the last of `deployed` serves."""
    folder = await to_thread.run_sync(_make_folder)
    production = SideBySide(
        kind="commands",
        name="shop",
        folder=folder,
        project=f"shop-{uuid.uuid4().hex[:8]}",
        releases=await to_thread.run_sync(build_repository, folder / "origin", releases),
        port=free_port(),
        ssh=ssh,
        host=None,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(to_thread.run_sync, production._remove)  # noqa: SLF001 - the end is this block's own
        await to_thread.run_sync(_prepare, production)
        *earlier, last = deployed
        for name in earlier:
            await production.ship(name, at=deployed[name])
        await production.deploy(last, at=deployed[last])
        yield production


def _make_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sandbox-shop-")).resolve()


def _prepare(production: SideBySide) -> None:
    clone(production.folder / "origin", production.app_dir)
    production.releases_dir.mkdir()
    production.shared.mkdir()
    settings = {"SHOP_PORT": str(production.port), "PYTHON": shlex.quote(sys.executable)}
    (production.shared / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    text = _CTL.read_text().replace("git rev-parse", "git -C ../current rev-parse")
    script = production.shared / "ctl"
    script.write_text(text.replace('"$PWD/server.py"', '"$(readlink -f ../current)/server.py"'))
    script.chmod(0o755)


def _date(path: Path, at: datetime | None) -> None:
    if at is not None:
        os.utime(path, (at.timestamp(), at.timestamp()), follow_symlinks=False)
