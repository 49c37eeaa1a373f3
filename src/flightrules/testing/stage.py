"""A whole server made of memory, and a client of it: the real service on a scripted target, for tests of users.

Knows: how service, server and stand-ins are put together, and how a test without an event loop calls them.
Must not know: any rule. Nothing here touches a host, a file or a clock of this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

from anyio.from_thread import BlockingPortal, start_blocking_portal

from flightrules.adapters.error_kinds import TemplateKinds
from flightrules.adapters.memory import MemoryStore
from flightrules.ports import Store
from flightrules.replay.recording import recorded
from flightrules.service.application import Application
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import ManagedTarget
from flightrules.service.rollback.rollbacks import Rollbacks
from flightrules.service.suite_runs import SuiteRuns
from flightrules.service.watching import Watching
from flightrules.state.log import Recorded
from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.testing.agents import Agent
from flightrules.testing.checkout import ScriptedCheckout
from flightrules.testing.clock import ManualClock, SequentialIds
from flightrules.testing.people import Person
from flightrules.testing.production import ScriptedProduction

RELEASES = tuple(char * 40 for char in "1234b")
"""Four good releases and the newest one, oldest first; the newest serves."""


def shop(**changes: object) -> Target:
    """A compose target with one host, one major and one minor check; `changes` are fields of `Target`."""
    fields: dict[str, object] = {
        "name": "shop",
        "hosts": [
            {
                "name": "web-1",
                "address": "web-1.shop.example",
                "user": "deploy",
                "key": "~/.ssh/id_ed25519",
                "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0",
            }
        ],
        "app_dir": "/srv/shop",
        "runtime": {"kind": "compose", "project": "shop"},
        "health_url": "https://shop.example/health",
        "release_pointer": "/release",
        "checks": [{"name": "checkout", "path": "/checkout"}, {"name": "avatar", "path": "/avatar", "major": False}],
    }
    return Target.model_validate(fields | changes)


class MemoryDocuments:
    """Documents kept in memory."""

    keeps = True

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    async def write(self, path: str, text: str) -> str:
        """Keep a document."""
        self.written.pop(path, None)  # the newest is the last
        self.written[path] = text
        return f"/documents/{path}"


Says = Literal["yes", "no", "nothing"]


class IncidentServer(Agent):
    """The server and an agent at it. Every method waits until it is done."""

    def __init__(
        self, portal: BlockingPortal, app: Application, production: ScriptedProduction, papers: MemoryDocuments
    ) -> None:
        super().__init__(portal, production.clock)
        self._portal = portal  # its name in 0.1
        self.app = app
        self.production = production
        self.clock = production.clock
        self.documents = papers.written
        """Reports and briefs by their path."""

    @property
    def person(self) -> Says:
        """The answer of a person to each form; `nothing` leaves it unanswered."""
        return "yes" if self.user == "yes" else "no" if self.user == "no" else "nothing"

    @person.setter
    def person(self, says: Says) -> None:
        self.user = "cancel" if says == "nothing" else says

    @property
    def questions(self) -> list[str]:
        """The text of each form."""
        return self.forms

    def approve(self, incident: str, *, name: str = "ada") -> dict[str, Any]:
        """Approve the plan that waits, as a person at a terminal does who typed its digest."""
        return Person(name, self.portal, self.app).approve(incident)

    def records(self, incident: str) -> list[Recorded]:
        """The incident's log."""
        return self.portal.call(self.app.incidents.records, incident)

    def session(self, incident: str) -> str:
        """The incident as the text of a session's file."""
        return self.portal.call(recorded, self.app.incidents, incident)

    def save(self, incident: str, path: Path) -> Path:
        """Write the incident as a session, to be kept as a test."""
        path.write_text(self.session(incident), encoding="utf-8")
        return path


@contextmanager
def serving(production: ScriptedProduction, policy: Policy, *, store: Store | None = None) -> Iterator[IncidentServer]:
    """The server over a scripted target, with a client in memory; on an event loop of its own."""
    papers, target = MemoryDocuments(), production.target
    managed = ManagedTarget(
        target=target,
        policy=policy,
        production=production,
        documents=papers,
        checkout=ScriptedCheckout(*production.releases) if target.checkout else None,
    )
    store = store or MemoryStore(production.clock.now)
    incidents = IncidentService(
        store=store,
        clock=production.clock,
        ids=SequentialIds(),
        managed_targets={target.name: managed},
        outbox=papers,
        kinds=TemplateKinds(),
    )
    watching = Watching(incidents=incidents, leases=store, holder="stage")
    app = Application(
        incidents=incidents, rollbacks=Rollbacks(incidents), suite_runs=SuiteRuns(incidents), watching=watching
    )
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())
        server = IncidentServer(portal, app, production, papers)
        stack.enter_context(server.connected(app))
        stack.callback(portal.call, app.close)
        yield server


def production_of(target: Target) -> ScriptedProduction:
    """A scripted production of a target, with a clock whose sleeps move it."""
    return ScriptedProduction(target, ManualClock(runs=True), releases=RELEASES)
