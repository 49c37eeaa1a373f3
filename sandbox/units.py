"""The shop as units of a systemd of its own, in both layouts: `web` answers, `worker` only lives.

Knows: how a team deploys by `systemctl restart`. Must not know: how flightrules rolls back.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from anyio import to_thread

from sandbox.production import Production
from sandbox.shop.repository import Release, build_repository, clone
from sandbox.side_by_side import SideBySide
from sandbox.ssh import Ssh, free_port
from sandbox.systemd import Systemd

UNITS = ("web.service", "worker.service")
_SERVE = """\
#!/bin/sh
# Starts the shop in the foreground, out of the release that is current now.
set -eu
cd {shared}
mkdir -p run
git -C {current} rev-parse HEAD >run/release
RELEASE=$(cat run/release) SHOP_PORT={port} exec {python} "$(readlink -f {current})/server.py"
"""
_UNIT = "[Service]\nExecStart={0}\nRestart=on-failure\nRestartSec=200ms\nTimeoutStopSec=5\n"
_WORKER = "/bin/sh -c 'echo the worker lives; exec sleep infinity'"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsSideBySide(SideBySide):
    """The shop run by systemd, its releases side by side."""

    systemd: Systemd

    def ctl(self, *words: str) -> str:
        """Restart both units, which is all that a team does."""
        return self.systemd.run("systemctl", *words, *UNITS)

    def _runtime(self) -> dict[str, object]:
        return _runtime(self.shared) | {"layout": "releases"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsInCheckout(Production):
    """The shop run by systemd, out of its checkout."""

    systemd: Systemd

    def ctl(self, *words: str) -> str:
        """Restart both units, which is all that a team does."""
        return self.systemd.run("systemctl", *words, *UNITS)

    def _runtime(self) -> dict[str, object]:
        return _runtime(self.folder / "shared")


def _runtime(shared: Path) -> dict[str, object]:
    told = str(shared / "run" / "release")
    return {"kind": "systemd", "units": list(UNITS), "sudo": False, "release": ["cat", told]}


@asynccontextmanager
async def sandbox_units(
    layout: Literal["checkout", "releases"],
    systemd: Systemd,
    ssh: Ssh,
    *,
    releases: Sequence[Release],
    deployed: Mapping[str, datetime],
) -> AsyncIterator[Production]:
    """Put the shop into production until the block ends; the last of `deployed` serves."""
    folder = await to_thread.run_sync(_make_folder)
    kind = UnitsSideBySide if layout == "releases" else UnitsInCheckout
    production = kind(
        kind="commands",
        name="shop",
        folder=folder,
        project=f"shop-{uuid.uuid4().hex[:8]}",
        releases=await to_thread.run_sync(build_repository, folder / "origin", releases),
        port=free_port(),
        ssh=ssh,
        host=None,
        systemd=systemd,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(to_thread.run_sync, production._remove)  # noqa: SLF001 - the end is this block's own
        await to_thread.run_sync(_prepare, production, systemd, layout)
        *earlier, last = deployed
        for name in earlier:
            await production.ship(name, at=deployed[name])
        await production.deploy(last, at=deployed[last])
        yield production


def _make_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sandbox-shop-")).resolve()


def _prepare(production: Production, systemd: Systemd, layout: str) -> None:
    clone(production.folder / "origin", production.app_dir)
    (production.folder / "releases").mkdir()
    shared = production.folder / "shared"
    shared.mkdir()
    current = production.folder / "current" if layout == "releases" else production.app_dir
    words = {"shared": shared, "current": current, "port": production.port, "python": sys.executable}
    script = shared / "serve"
    script.write_text(_SERVE.format(**{name: shlex.quote(str(word)) for name, word in words.items()}))
    script.chmod(0o755)
    (systemd.units / "worker.service").write_text(_UNIT.format(_WORKER))
    systemd.install("web.service", _UNIT.format(script))
