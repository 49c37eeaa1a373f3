"""A drill: whole incidents played in memory, by an agent and by people, on scripted production and a manual clock.

Knows: how the parts are put together for a test. Must not know: any rule.
This is the public face of `flightrules.testing`: docs/testing.md describes it, and it stays compatible.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.ports import Sender
from flightrules.service.messages.delivering import Courier
from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.testing.agents import Agent
from flightrules.testing.clock import ManualClock
from flightrules.testing.mailbox import Mailbox, Message
from flightrules.testing.people import Person
from flightrules.testing.production import ScriptedProduction
from flightrules.testing.stage import RELEASES, serving, shop
from flightrules.testing.terminal import Typed, typed

__all__ = ["Agent", "Drill", "Mailbox", "ManualClock", "Message", "Person", "Typed", "shop"]


class Drill:
    """One server with an agent at it; use it in a `with` statement. Every method waits until it is done.

    The server has an event loop of its own, so the same methods serve plain and async tests.
    """

    def __init__(
        self,
        *mailboxes: str,
        target: Target | None = None,
        policy: Policy | None = None,
        clock: ManualClock | None = None,
        production: ScriptedProduction | None = None,
        store: Path | None = None,
    ) -> None:
        """`mailboxes` are destinations, as in `mailboxes`. A production brings its own target and clock.

        The clock must run while the server sleeps (`ManualClock(runs=True)`). Without a file the log is in memory.
        """
        self.production = production or ScriptedProduction(
            target or shop(), clock or ManualClock(runs=True), releases=RELEASES
        )
        """Production that the drill runs on; its switches say what is broken, slow or absent."""
        self.clock = self.production.clock
        policy = policy or Policy()
        self._reports = policy.report.folder
        self.mail: dict[str, Mailbox] = {}
        """The mailboxes by destination."""
        self._stack = ExitStack()
        self.server = self._stack.enter_context(
            serving(self.production, policy, store=SqliteStore(store) if store else None)
        )
        """The parts of the server, for tests of its inside. They may change."""
        self.agent: Agent = self.server
        """The first client."""
        self.documents = self.server.documents
        """Every document that was written: path and text."""
        self.mailboxes(*mailboxes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server."""
        self._stack.close()

    def call(self, tool: str, /, **arguments: object) -> dict[str, Any]:
        """Call a tool as the first client does."""
        return self.agent.call(tool, **arguments)

    def connect(self, name: str, *, account: str = "", forms: bool = True) -> Agent:
        """Connect another client. With an account it calls as that one, as with a token over HTTP.

        Without forms it is a client that cannot ask its user anything.
        """
        agent = Agent(self.server.portal, self.clock, account=account)
        self._stack.enter_context(agent.connected(self.server.app, name, forms=forms))
        return agent

    def person(self, name: str = "ada") -> Person:
        """A person at a terminal of the server's machine."""
        return Person(name, self.server.portal, self.server.app)

    def command(self, *words: str, answers: Sequence[str] = ()) -> Typed:
        """Type a command in a terminal, as in `command("close", incident, "--reason", "false alarm")`.

        The person is the account that runs the test. Questions get these answers, then the word that they ask for.
        """
        return typed(lambda work: self.server.portal.call(work, self.server.app), words, answers)

    def advance(self, seconds: float = 0.0) -> None:
        """Let time pass, then let the watch make one round: deadlines, monitoring, messages."""
        self.clock.advance(seconds)
        self.server.portal.call(self.server.app.watching.once)

    def mailboxes(self, *names: str) -> None:
        """Add destinations in memory: an audience and a name, as in `internal/1`, `external/1` or `planner/github`."""
        for name in names:
            self.mail[name] = Mailbox()
            self.send_to(name, self.mail[name].sender)

    def send_to(self, name: str, sender: Sender) -> None:
        """Let a sender of your own take what goes to a destination."""
        incidents = self.server.app.incidents
        incidents.senders = {**incidents.senders, name: sender}
        self.server.app.watching.chores = (Courier(incidents).deliver,)

    def opened(self, title: str = "Checkout answers 500", **arguments: object) -> str:
        """Open an incident; return its id."""
        given = {"target": self.production.target.name, "title": title, **arguments}
        return str(self.call("open_incident", **given)["incident"])

    def decided(self, title: str = "Checkout answers 500", **arguments: object) -> str:
        """Open an incident, and let the rules decide; return its id."""
        incident = self.opened(title, **arguments)
        for tool in ("assess", "classify", "decide"):
            self.call(tool, incident=incident)
        return incident

    def restored(self) -> str:
        """Break the newest release, roll it back and verify; return the id of the incident."""
        self.production.broken.add(self.production.releases[-1])
        incident = self.decided()
        self.agent.user = "yes"
        self.call("rollback", incident=incident)
        self.advance(60)
        self.call("verify", incident=incident)
        return incident

    def report(self, incident: str = "") -> str:
        """The incident report, the newest without an id; empty if none was written."""
        written = [(path, text) for path, text in self.documents.items() if path.startswith(self._reports)]
        reports = [text for path, text in written if path.endswith(".md") and incident in path]
        return reports[-1] if reports else ""

    def log(self, incident: str) -> list[dict[str, Any]]:
        """The events of an incident as `flightrules log export` prints them, oldest first."""
        return [record.model_dump(mode="json") for record in self.server.records(incident)]

    def save(self, incident: str, path: Path) -> Path:
        """Write the incident as a file that `flightrules replay` takes."""
        return self.server.save(incident, path)
