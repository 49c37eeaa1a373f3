"""An incident on the product's own stage, with a person, a watch and mailboxes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flightrules.service.desk import Desk
from flightrules.service.messages.delivering import Courier
from flightrules.service.turn import Call
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.policy import Policy
from flightrules.state.vocabulary import ActorKind
from flightrules.testing.production import ScriptedProduction
from flightrules.testing.sender import ScriptedSender
from flightrules.testing.stage import IncidentServer, production_of, serving, shop

ADA = Actor(kind=ActorKind.PERSON, name="ada", face="cli")

Work = Callable[[Desk, Call, Any], Awaitable[Any]]


class Room:
    """A server with an agent at it, and the world around both."""

    def __init__(self, server: IncidentServer, production: ScriptedProduction) -> None:
        self.server = server
        self.production = production
        self.clock = production.clock
        self.mail: dict[str, ScriptedSender] = {}

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        return self.server.call(tool, **arguments)

    def person(self, tool: str, incident: str, command: c.Command, work: Work) -> dict[str, Any]:
        """Give a command as a person does."""
        call = Call(tool=tool, arguments={}, actor=ADA, incident=incident, account="ada")

        async def given() -> dict[str, Any]:
            return dict((await work(self.server.app.desk, call, command)).plain())

        return self.server._portal.call(given)

    def mailboxes(self, *names: str) -> None:
        """Add destinations, each with a mailbox of its own."""
        self.mail = {name: ScriptedSender() for name in names}
        senders = self.server.app.desk.senders
        assert isinstance(senders, dict)
        senders.update(self.mail)
        self.server.app.watching.chores = (Courier(self.server.app.desk).deliver,)

    def round(self, seconds: float = 0.0) -> None:
        """Let time pass, then one round of the watch."""
        self.clock.advance(seconds)
        self.server._portal.call(self.server.app.watching.once)

    def decided(self, title: str = "Checkout answers 500", **more: object) -> str:
        incident = str(self.call("open_incident", target="shop", title=title, **more)["incident"])
        for tool in ("assess", "classify", "decide"):
            self.call(tool, incident=incident)
        return incident

    def restored(self) -> str:
        """An incident that a rollback mended."""
        self.production.broken.add(self.production.releases[-1])
        incident = self.decided()
        self.server.person = "yes"
        self.call("rollback", incident=incident)
        self.round(60)
        self.call("verify", incident=incident)
        return incident

    def report(self) -> str:
        found = [
            text for name, text in self.server.documents.items() if name.endswith(".md") and "incident-response" in name
        ]
        return found[0] if found else ""

    def documents(self, ending: str) -> list[str]:
        return [text for name, text in sorted(self.server.documents.items()) if name.endswith(ending)]


@contextmanager
def room(**target: object) -> Iterator[Room]:
    """A room that is closed at the end; `target` are fields of the target."""
    production = production_of(shop(**target))
    with serving(production, Policy()) as server:
        yield Room(server, production)
