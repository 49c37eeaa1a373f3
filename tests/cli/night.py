"""The command line over a production made of memory: `python -m tests.cli.night [--healthy] COMMAND ...`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from flightrules.adapters.files import AtomicFiles
from flightrules.adapters.sending.folder import FolderSender
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.cli import main, session
from flightrules.config import Settings
from flightrules.service.application import Application
from tests.service.house import House, build

HEALTHY = "--healthy"


class Night:
    """One production that all commands of a process meet."""

    def __init__(self, *, broken: bool) -> None:
        self.broken = broken
        self.house: House | None = None

    @asynccontextmanager
    async def application(
        self, settings: Settings, *, reads: Callable[[str], None] | None = None
    ) -> AsyncIterator[Application]:
        """The application of these settings, over that production."""
        del reads
        shop = settings.target("shop").model_dump(mode="json", by_alias=True)
        house = build(settings.policy_of("shop"), broken=self.broken, **shop)
        if self.house is not None:  # production and time go on from command to command
            (managed,) = house.incidents.managed_targets.values()
            house.incidents.managed_targets["shop"] = replace(managed, production=self.house.production)  # type: ignore[index]
            house = replace(house, clock=self.house.clock, production=self.house.production)
        house.clock.pace_s = 0.002
        outbox = AtomicFiles(Path(settings.outbox.path))
        house.incidents.senders["planner/folder"] = FolderSender(outbox, settings.outbox.path)  # type: ignore[index]
        self.house = house = house.restarted(SqliteStore(Path(settings.store.path)))
        try:
            yield house.app
        finally:
            await house.app.rollbacks.close()
            await house.incidents.store.close()


def play(words: list[str], *, broken: bool) -> int:
    """Run one command."""
    vars(session)["application"] = Night(broken=broken).application
    return main(words)


if __name__ == "__main__":
    given = sys.argv[1:]
    raise SystemExit(play([one for one in given if one != HEALTHY], broken=HEALTHY not in given))
