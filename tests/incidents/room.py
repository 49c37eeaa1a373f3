"""The product's own stage with a person, a watch and mailboxes: whole incidents are played on it in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import JsonValue

from flightrules.service import observing, opening, otherwise
from flightrules.service.answers import Answer
from flightrules.service.desk import Desk
from flightrules.service.messages.delivering import Courier
from flightrules.service.turn import Call
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.policy import Policy
from flightrules.state.vocabulary import ActorKind, Severity
from flightrules.testing.sender import ScriptedSender
from flightrules.testing.stage import IncidentServer, production_of, serving, shop

ADA = Actor(kind=ActorKind.PERSON, name="ada", face="cli")

Work = Callable[[Desk, Call, Any], Awaitable[Answer[Any]]]


class Room:
    """One server, an agent at it, a person beside it, and the mailboxes of everybody who is told."""

    def __init__(self, server: IncidentServer) -> None:
        self.server = server
        self.p = server.production
        self.clock = server.clock
        self.mail: dict[str, ScriptedSender] = {}

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool as the agent does."""
        return self.server.call(tool, **arguments)

    def person(self, tool: str, incident: str, command: c.Command, work: Work, **given: JsonValue) -> dict[str, Any]:
        """Do something as a person at a terminal."""
        call = Call(tool=tool, arguments=given, actor=ADA, incident=incident, account="ada")

        async def go() -> dict[str, Any]:
            return (await work(self.server.app.desk, call, command)).plain()

        return self.server.portal.call(go)

    def close(self, incident: str, reason: str, **how: JsonValue) -> dict[str, Any]:
        """Close an incident, or stand it down."""
        given = {"reason": reason, **how}
        return self.person("close", incident, c.Close.model_validate(given), opening.close, **given)

    def decides(self, incident: str, path: str, reason: str) -> dict[str, Any]:
        """Decide as a person."""
        command = c.DecideByPerson.model_validate({"path": path, "reason": reason})
        return self.person("decide", incident, command, opening.decide, path=path, reason=reason)

    def classifies(self, incident: str, severity: str, reason: str) -> dict[str, Any]:
        """Set a severity as a person."""
        command = c.Classify(severity=Severity(severity), reason=reason)
        return self.person("classify", incident, command, opening.classify, severity=severity, reason=reason)

    def accepts(self, incident: str, reason: str) -> dict[str, Any]:
        """Take production for restored as a person."""
        return self.person("accept", incident, c.AcceptByPerson(reason=reason), observing.accept, reason=reason)

    def mitigated(self, incident: str, how: str, says: str = "", **given: JsonValue) -> dict[str, Any]:
        """Record as a person what was done by hand, or that it is over."""
        told = {"how": how, "says": says, **given}
        return self.person("mitigated", incident, c.Mitigate.model_validate(told), otherwise.mitigate, **told)

    def pace(self, incident: str, reason: str = "a restore", **given: JsonValue) -> dict[str, Any]:
        """Set the pace as a person."""
        told = {"reason": reason, **given}
        return self.person("pace", incident, c.SetPace.model_validate(told), otherwise.pace, **told)

    def corrects(self, incident: str, reason: str = "as the log shows", **given: JsonValue) -> dict[str, Any]:
        """Put times right as a person."""
        told = {"reason": reason, **given}
        return self.person("correct", incident, c.CorrectTimes.model_validate(told), otherwise.correct, **told)

    def acks(self, incident: str) -> dict[str, Any]:
        """Take what was paged as a person."""
        return self.person("ack", incident, c.Acknowledge(), otherwise.acknowledge)

    def held(self, incident: str) -> list[str]:
        """Updates that wait for a person, oldest first."""
        return [one.id for one in self.server.portal.call(self.server.app.desk.incident, incident).held]

    def mailboxes(self, *names: str) -> None:
        """Let messages arrive at these destinations, in every round of the watch."""
        self.mail = {name: ScriptedSender() for name in names}
        self.server.app.desk.senders = {**self.server.app.desk.senders, **self.mail}
        self.server.app.watching.chores = (Courier(self.server.app.desk).deliver,)

    def round(self, seconds: float = 0.0) -> None:
        """Let time pass, and the watch make one round."""
        self.clock.advance(seconds)
        self.server.portal.call(self.server.app.watching.once)

    def decided(self, title: str = "Checkout answers 500", **more: object) -> str:
        """Open an incident and take it to its decision."""
        incident = str(self.call("open_incident", target="shop", title=title, **more)["incident"])
        for tool in ("assess", "classify", "decide"):
            self.call(tool, incident=incident)
        return incident

    def restored(self) -> str:
        """Roll a bad release back, and see it restored."""
        self.p.broken.add(self.p.releases[-1])
        incident = self.decided()
        self.server.person = "yes"
        self.call("rollback", incident=incident)
        self.round(60)
        self.call("verify", incident=incident)
        return incident

    def report(self) -> str:
        """The incident report; empty where none was written."""
        written = self.server.documents.items()
        return next((text for name, text in written if name.endswith(".md") and "incident-response" in name), "")

    def papers(self, ending: str) -> list[str]:
        """Every document whose name ends so, in the order of their names."""
        return [text for name, text in sorted(self.server.documents.items()) if name.endswith(ending)]

    def line(self, start: str) -> str:
        """The first line of the report that begins so."""
        return next((line for line in self.report().split("\n") if line.startswith(start)), "")

    def public(self) -> list[str]:
        """What the public read, oldest first."""
        return [parcel.text for parcel in self.mail["external/1"].handed]

    def titles(self, name: str) -> list[str]:
        """What arrived at a destination, by title."""
        return [parcel.title for parcel in self.mail[name].handed]


@contextmanager
def room(policy: Policy | None = None, **target: object) -> Iterator[Room]:
    """A room over a healthy shop; `target` are fields of it."""
    with serving(production_of(shop(**target)), policy or Policy()) as server:
        yield Room(server)
