"""The small shop without containers, in both layouts, on a host of its own.

Knows: how to make the target's commands fail or wait. Must not know: what must come of it.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from flightrules.state.target import Target
from sandbox.process import run
from sandbox.production import Production, sandbox_production
from sandbox.shop.repository import Release
from sandbox.side_by_side import SideBySide, sandbox_side_by_side
from sandbox.ssh import Ssh
from sandbox.sshd import start_sshd
from sandbox.toml import dump
from tests.realhost.faults import Gates, Shop

Layout = Literal["checkout", "releases"]
HELD = ("sh", "-c", 'sha256sum /dev/null >/dev/null && exec "$0" restart')
"""A restart that passes a gate first: hold it with `sha256sum /dev/null`."""


@dataclass(frozen=True, kw_only=True)
class PlainShop(Shop):
    """A shop whose target's settings can be changed."""

    changed: dict[str, Any] = field(default_factory=dict)
    runtime: dict[str, Any] = field(default_factory=dict)

    def with_target(self, runtime: dict[str, Any] | None = None, **changed: object) -> PlainShop:
        """The same shop under other settings; None takes a setting away."""
        return replace(self, changed=self.changed | changed, runtime=self.runtime | (runtime or {}))

    def settings(self) -> Path:
        """The settings file of this shop's server."""
        path = super().settings()
        table: dict[str, Any] = self.production._table()
        table = {**table, **self.changed, "runtime": {**table["runtime"], **self.runtime}}
        table["runtime"] = {name: value for name, value in table["runtime"].items() if value is not None}
        policy = {"verification": {"settle_seconds": 1, "health_timeout_seconds": 20}} | self.policy
        store = {"store": {"path": f"{self.store}.db"}, "policy": policy}
        known = {name: value for name, value in table.items() if value is not None}
        path.write_text(dump({"targets": [known], **store}))
        self._stand_gate(Target.model_validate(known))
        return path

    @property
    def ctl(self) -> str:
        """The shop's control script."""
        folder = self.production.shared if isinstance(self.production, SideBySide) else self.app
        return str(folder / "ctl")

    def stands_at(self) -> str:
        """The release that production stands at, whichever way the layout says it."""
        return self.production.current_release() if isinstance(self.production, SideBySide) else self.head()

    def serves(self) -> str:
        """The release the process itself tells."""
        return str(json.loads(self.production.get("/api/v1/health")[1] or "{}").get("release", ""))

    def kill_operation(self) -> None:
        """Kill the one operation that runs on the host with all that it started, as an out-of-memory killer may."""
        (started,) = (self.base / "ops").glob("*/started")
        os.killpg(int(started.read_text().split()[1]), signal.SIGKILL)

    def process(self) -> str:
        """The id of the shop's process."""
        return (Path(self.ctl).parent / "run" / "pid").read_text()

    def forget_folder(self, sha: str) -> None:
        """Remove a release's folder, as a cleanup does that keeps only the newest; the log of revisions stays."""
        assert isinstance(self.production, SideBySide)
        line = "Branch main (at {}) deployed as release {:%Y%m%d%H%M%S} by ada\n"
        times = {self.good: timedelta(days=1), self.bad: timedelta(minutes=4)}
        lines = [line.format(release, datetime.now(UTC) - age) for release, age in times.items()]
        (self.production.folder / "revisions.log").write_text("".join(lines))
        run("rm", "-r", self.production.releases_dir / sha)


@asynccontextmanager
async def plain_shop(
    layout: Layout, folder: Path, *, releases: Sequence[Release], status: int = 500
) -> AsyncIterator[PlainShop]:
    """The small shop: the first release served for a day, the last since four minutes, and answers so."""
    now = datetime.now(UTC)
    deployed = dict(
        zip((item.name for item in releases), (now - timedelta(days=1), now - timedelta(minutes=4)), strict=True)
    )
    gates = Gates(folder / "gates")
    gates._stand_before("ln")
    sshd = start_sshd(folder / "ssh", env={"PATH": gates.path})
    try:
        async with _production(layout, sshd.ssh, releases, deployed) as production:
            await production.settle(status)
            yield PlainShop(production=production, sshd=sshd, gates=gates)
    finally:
        for gate in (gates.folder / "closed").iterdir():
            gate.unlink()
        sshd.stop()


@asynccontextmanager
async def _production(
    layout: Layout, ssh: Ssh, releases: Sequence[Release], deployed: dict[str, datetime]
) -> AsyncIterator[Production]:
    if layout == "releases":
        async with sandbox_side_by_side(ssh, releases=releases, deployed=deployed) as side:
            yield side
    else:
        async with sandbox_production("commands", ssh=ssh, releases=releases, deployed=()) as production:
            first, last = deployed
            await production.ship(first, at=deployed[first])
            await production.deploy(last, at=deployed[last])
            yield production
