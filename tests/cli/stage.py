"""A folder with settings and a log, as a person at a terminal finds them; hosts that nobody can reach."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.config import load
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.rollback.planning import prepare
from flightrules.state.log import Recorded
from flightrules.state.vocabulary import Phase
from tests.service.house import House, build
from tests.service.pilot import PERSON, call, decide, fly, opened, verify

T = TypeVar("T")

SETTINGS = """
[store]
path = "log.db"

[outbox]
path = "outbox"

[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "http://127.0.0.1:9/health"

[targets.runtime]
kind = "commands"
status = ["true"]
logs = ["true"]
restart = ["true"]

[[targets.hosts]]
name = "web-1"
address = "127.0.0.1"
port = 9
user = "deploy"
key = "/nowhere/id"
host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRoaXMgaXMgbm90IGEga2V5IHRoaXMgaXMgbm90IGEg"
"""


@dataclass
class Stage:
    """The folder."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "flightrules.toml"

    @property
    def log(self) -> Path:
        return self.folder / "log.db"

    def let_scripts(self) -> None:
        """Let scripts do what else needs a person at a terminal."""
        self.config.write_text("[policy.people]\nscripts = true\n" + self.config.read_text())

    def set(self, more: str) -> None:
        """Say more in the settings, before the targets."""
        self.config.write_text(f"{more}\n{SETTINGS}")

    def run(self, work: Callable[[House], Awaitable[T]]) -> T:
        """Work on the log with a production made of memory, the way a server would."""

        async def running() -> T:
            settings = load(self.config)
            shop = settings.target("shop").model_dump(mode="json", by_alias=True)
            house = build(settings.policy_of("shop"), **shop).restarted(SqliteStore(self.log))
            house.clock.pace_s = 0.002
            try:
                return await work(house)
            finally:
                await house.app.rollbacks.close()
                await house.incidents.store.close()

        return asyncio.run(running())

    def incident(self, phase: Phase = Phase.DECIDED, *, planned: bool = False, changed: tuple[str, ...] = ()) -> str:
        """An incident in a phase; with `planned`, one that waits for approval of a release with `changed` paths."""

        async def flown(house: House) -> str:
            if phase is Phase.ROLLING_BACK:
                house.production.looks_to_finish = 10**9
            incident = await opened(house)
            await fly(house, incident, until=phase)
            if planned:
                house.production.changed_paths = changed
                await prepare(house.incidents, call("rollback", incident))
            return incident

        return self.run(flown)

    def plan_again(self, incident: str) -> None:
        """The plan is rejected, and the agent has another one made of a production that moved."""

        async def again(house: House) -> None:
            await typed_approvals.reject(
                house.incidents, call("reject", incident, actor=PERSON), approver="ada", reason="no"
            )
            await decide(house, incident)
            house.production.changed_paths = ("migrations/7.sql",)
            await prepare(house.incidents, call("rollback", incident))

        self.run(again)

    def inconclusive(self) -> str:
        """An incident of which nobody can say whether production is restored."""

        async def looked(house: House) -> str:
            incident = await opened(house)
            await fly(house, incident, until=Phase.VERIFYING)
            house.production.unreadable["health"] = "it did not answer in time"
            await verify(house, incident)
            return incident

        return self.run(looked)

    def records(self, incident: str) -> list[Recorded]:
        """The log of an incident."""
        return self.run(lambda house: house.incidents.records(incident))

    def digest(self, incident: str) -> str:
        """Return the digest that a person must type."""

        async def short(house: House) -> str:
            plan = (await house.incidents.incident(incident)).plan
            assert plan is not None
            return plan.short

        return self.run(short)


def stage(folder: Path) -> Stage:
    """Set the folder up."""
    (folder / "flightrules.toml").write_text(SETTINGS)
    return Stage(folder)
