"""The same small shop under each runtime, in each layout, behind a gate and without: worlds of the contract.

Knows: how to stop each step of a rollback, and where to look. Must not know: what must come of it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.process import run
from sandbox.shop.repository import Release
from sandbox.sshd import start_sshd
from sandbox.systemd import obstacle, own_systemd
from sandbox.units import UNITS, UnitsInCheckout, UnitsSideBySide, sandbox_units
from tests.realhost.commands import HELD, Layout, PlainShop, plain_shop
from tests.realhost.faults import Gates, Shop, broken_shop

PREPARE = ["sh", "-c", "sha256sum /dev/null >/dev/null && cp VERSION prepared"]
"""The command that a team runs in a new folder of a release, held by a gate before `sha256sum /dev/null`."""


@dataclass(frozen=True, kw_only=True)
class UnitsShop(PlainShop):
    """The small shop whose units a systemd of its own runs."""

    @property
    def units(self) -> UnitsInCheckout | UnitsSideBySide:
        """The production, with its systemd."""
        assert isinstance(self.production, UnitsInCheckout | UnitsSideBySide)
        return self.production

    def runs(self) -> tuple[str, ...]:
        """The id that systemd gave to the present run of each unit."""
        show = ("systemctl", "show", "--property=InvocationID", "--value", *UNITS)
        return tuple(self.units.systemd.run(*show).split())

    def end_operation(self) -> None:
        """Kill the one operation that runs with all that it started, as an out-of-memory killer may."""
        (started,) = (self.base / "ops").glob("*/started")
        self.units.systemd.run("kill", "-KILL", "--", f"-{started.read_text().split()[1]}")

    def process(self) -> str:
        """The id of the shop's process."""
        return self.units.systemd.run("systemctl", "show", "--property=MainPID", "--value", UNITS[0]).strip()


@dataclass(frozen=True, kw_only=True)
class Way:
    """One runtime in one layout, with its key behind the gate or not."""

    runtime: str
    layout: Layout
    gated: bool
    steps: dict[str, str]
    """The steps of a rollback to a release whose folder is gone, each with the words of a program it calls."""
    opened: Callable[[Path, Sequence[Release], int], AbstractAsyncContextManager[Shop]]

    def __str__(self) -> str:
        return f"{self.runtime}-{self.layout}-{'gate' if self.gated else 'plain'}"

    @asynccontextmanager
    async def shop(self, folder: Path, releases: Sequence[Release], *, status: int = 500) -> AsyncIterator[Shop]:
        """The shop under this runtime; the last release serves and answers with this status."""
        async with self.opened(folder, releases, status) as shop:
            if self.layout == "releases":
                assert isinstance(shop, PlainShop)
                shop.forget_folder(shop.good)
            yield shop.behind_gate(self.gated)

    def move(self, shop: Shop) -> None:
        """Somebody else brings the good release's files to the host, and restarts nothing."""
        if self.layout == "checkout":
            run("git", "-C", shop.app, "checkout", "--quiet", "--detach", shop.good)
            return
        current, folder = shop.production.folder / "current", shop.production.folder / "releases" / shop.good
        run("git", "-C", shop.app, "worktree", "add", "--quiet", "--force", "--detach", folder, shop.good)
        current.unlink()
        current.symlink_to(folder)


@asynccontextmanager
async def units_shop(
    layout: Layout, folder: Path, releases: Sequence[Release], status: int, runtime: dict[str, Any] | None = None
) -> AsyncIterator[UnitsShop]:
    """The small shop under systemd: the first release served for a day, the last since four minutes."""
    why_not = obstacle()
    if why_not is not None and os.environ.get("REALHOST") != "required":
        pytest.skip(why_not)
    now = datetime.now(UTC)
    times = (now - timedelta(days=1), now - timedelta(minutes=4))
    deployed = dict(zip((item.name for item in releases), times, strict=True))
    with own_systemd(folder / "systemd") as systemd:
        gates = Gates(folder / "gates")
        for program in ("ln", "systemctl"):
            gates._stand_before(program)
        sshd = start_sshd(folder / "ssh", env={"PATH": gates.path}, inside=systemd.inside)
        with ending(gates, sshd.stop):
            async with sandbox_units(layout, systemd, sshd.ssh, releases=releases, deployed=deployed) as production:
                await production.settle(status)
                yield UnitsShop(production=production, sshd=sshd, gates=gates, runtime=runtime or {})


@contextmanager
def ending(gates: Gates, stop: Callable[[], object]) -> Any:  # noqa: ANN401 - a context manager's own type
    """Open every gate at the end, and stop the host."""
    try:
        yield
    finally:
        for gate in (gates.folder / "closed").iterdir():
            gate.unlink()
        stop()


def _units(layout: Layout, folder: Path, releases: Sequence[Release], status: int) -> AbstractAsyncContextManager[Shop]:
    return units_shop(layout, folder, releases, status, {"prepare": PREPARE} if layout == "releases" else {})


@asynccontextmanager
async def _commands(layout: Layout, folder: Path, releases: Sequence[Release], status: int) -> AsyncIterator[Shop]:
    async with plain_shop(layout, folder, releases=releases, status=status) as plain:
        yield plain.with_target({"restart": [*HELD, plain.ctl]})


@asynccontextmanager
async def _compose(folder: Path, releases: Sequence[Release], status: int) -> AsyncIterator[Shop]:
    del folder, status
    good, bad = releases
    async with broken_shop(good=good, bad=bad) as shop:
        yield shop


CHECKOUT = {"checkout": "checkout --detach"}
FOLDER = {"release": "worktree add"}
SWITCH = {"switch": "ln -sfn"}
BY_COMMAND, BY_SYSTEMD = {"restart": "sha256sum /dev/null"}, {"restart": "systemctl restart"}


def _way(
    runtime: str,
    layout: Layout,
    steps: dict[str, str],
    opened: Callable[[Path, Sequence[Release], int], AbstractAsyncContextManager[Shop]],
    *,
    gated: bool,
) -> Way:
    return Way(runtime=runtime, layout=layout, gated=gated, steps=steps, opened=opened)


COMPOSE = _way("compose", "checkout", CHECKOUT | {"up": "compose*up -d"}, _compose, gated=True)
WAYS = [
    COMPOSE,
    _way("commands", "checkout", CHECKOUT | BY_COMMAND, lambda *given: _commands("checkout", *given), gated=True),
    _way(
        "commands", "releases", FOLDER | SWITCH | BY_COMMAND, lambda *given: _commands("releases", *given), gated=False
    ),
    _way("systemd", "checkout", CHECKOUT | BY_SYSTEMD, lambda *given: _units("checkout", *given), gated=False),
    _way(
        "systemd",
        "releases",
        FOLDER | {"prepare": "sha256sum /dev/null"} | SWITCH | BY_SYSTEMD,
        lambda *given: _units("releases", *given),
        gated=True,
    ),
]
"""Each runtime and layout once, and each of both behind the gate and without it somewhere."""
