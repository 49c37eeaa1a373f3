"""A whole application made of memory: the real service on a scripted production, a manual clock and a memory log."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flightrules.adapters.error_kinds import TemplateKinds
from flightrules.adapters.memory import MemoryStore
from flightrules.adapters.sending.folder import FolderSender
from flightrules.errors import Unavailable
from flightrules.ports import EventStore
from flightrules.service.application import Application
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import ManagedTarget
from flightrules.service.rollback.rollbacks import Rollbacks
from flightrules.service.suite_runs import SuiteRuns
from flightrules.service.watching import Watching
from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.testing import ManualClock, ScriptedCheckout, ScriptedProduction, SequentialIds

RELEASES = tuple(char * 40 for char in "1234b")
"""Four good releases and a broken one, oldest first."""

HOST = {
    "name": "web-1",
    "address": "127.0.0.1",
    "user": "deploy",
    "key": "~/.ssh/id_ed25519",
    "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0",
}


def target(**changes: object) -> Target:
    """A compose target with one major and one minor check."""
    fields: dict[str, object] = {
        "name": "shop",
        "hosts": [HOST],
        "app_dir": "/srv/shop",
        "runtime": {"kind": "compose", "project": "shop"},
        "health_url": "http://127.0.0.1:8080/api/v1/health",
        "release_pointer": "/release",
        "checks": [
            {"name": "characters", "path": "/api/v1/characters"},
            {"name": "avatar", "path": "/api/v1/avatar", "major": False},
        ],
    }
    return Target.model_validate(fields | changes)


@dataclass
class Documents:
    """Files kept in memory."""

    keeps = True

    written: dict[str, str] = field(default_factory=dict)
    failing: str = ""
    """Reason that nothing can be written; empty if it can."""

    async def write(self, path: str, text: str) -> str:
        if self.failing:
            raise Unavailable(f"document {path}", self.failing, "Mend it and call again.")
        self.written[path] = text
        return f"/documents/{path}"


@dataclass
class House:
    """The application and everything a test may touch of it."""

    app: Application
    production: ScriptedProduction
    clock: ManualClock
    store: MemoryStore
    documents: Documents
    outbox: Documents
    checkout: ScriptedCheckout

    @property
    def incidents(self) -> IncidentService:
        return self.app.incidents

    def restarted(self, store: EventStore | None = None) -> House:
        """Another process on the same log and the same world: it remembers nothing but what is recorded."""
        incidents = IncidentService(
            store=store or self.incidents.store,
            clock=self.clock,
            ids=self.incidents.ids,
            managed_targets=self.incidents.managed_targets,
            outbox=self.outbox,
            kinds=self.incidents.kinds,
            senders=self.incidents.senders,
        )
        watching = Watching(incidents=incidents, leases=self.store, holder=self.incidents.ids.new("WATCH"))
        app = Application(
            incidents=incidents,
            rollbacks=Rollbacks(incidents, people=ManualClock()),
            suite_runs=SuiteRuns(incidents),
            watching=watching,
        )
        return replace(self, app=app)

    def executed(self) -> list[str]:
        """The names of all steps that ran on any host."""
        return [step.name for host in self.production.hosts.values() for step in host.ran]


def build(policy: Policy | None = None, *, broken: bool = True, runs: bool = True, **changes: object) -> House:
    """Build the house; the newest release serves, broken unless told otherwise."""
    clock = ManualClock(runs=runs)
    shop = target(**changes)
    production = ScriptedProduction(shop, clock, releases=RELEASES)
    if broken:
        production.broken.add(RELEASES[-1])
    store, documents, outbox = MemoryStore(clock.now), Documents(), Documents()
    checkout = ScriptedCheckout(*RELEASES)
    managed = ManagedTarget(
        target=shop,
        policy=policy or Policy(),
        production=production,
        documents=documents,
        checkout=checkout if shop.checkout else None,
    )
    incidents = IncidentService(
        store=store,
        clock=clock,
        ids=SequentialIds(),
        managed_targets={shop.name: managed},
        outbox=outbox,
        kinds=TemplateKinds(),
        senders={"planner/folder": FolderSender(outbox, "/documents")},
    )
    watching = Watching(incidents=incidents, leases=store, holder="house")
    app = Application(
        incidents=incidents,
        rollbacks=Rollbacks(incidents, people=ManualClock()),
        suite_runs=SuiteRuns(incidents),
        watching=watching,
    )
    return House(
        app=app,
        production=production,
        clock=clock,
        store=store,
        documents=documents,
        outbox=outbox,
        checkout=checkout,
    )
