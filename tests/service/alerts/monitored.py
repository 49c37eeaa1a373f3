"""A house whose target is watched by sources of alerts. Not collected as tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flightrules.service.alerts.follow_up import FollowUp
from flightrules.service.alerts.intake import Intake, Taken
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import ManagedTarget
from flightrules.state import events as e
from flightrules.state.alerts.alert import Alert, AlertState
from flightrules.state.alerts.book import STREAM
from flightrules.state.alerts.parsing import parse
from flightrules.state.alerts.routing import Routing
from flightrules.state.incident import Incident
from flightrules.state.messages.due import Message, messages
from tests.service.house import House, build
from tests.state.alerts.captured import kind_of, raw

SHOP = (("flightrules_target", "shop"),)


@dataclass
class Monitored:
    """A house with its intake."""

    house: House
    routing: Routing
    intake: Intake = field(init=False)
    follow_up: FollowUp = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def incidents(self) -> IncidentService:
        return self.house.incidents

    def restart(self) -> None:
        """Another process: it remembers nothing but what is recorded."""
        self.house = self.house.restarted()
        self.intake = Intake(incidents=self.incidents, routings={"am": self.routing, "am2": self.routing})
        self.follow_up = FollowUp(self.intake)

    async def hear(self, *alerts: Alert, source: str = "am") -> Taken:
        """Hear one delivery, without what follows."""
        return await self.intake.hear(source, alerts)

    async def captured(self, name: str, source: str = "am") -> Taken:
        """Hear a captured delivery, and follow it up."""
        taken = await self.intake.hear(source, parse(kind_of(name), raw(name)))
        await self.follow_up.work()
        return taken

    async def opened(self) -> list[Incident]:
        """All incidents."""
        return [await self.incidents.incident(name) for name in await self.incidents.store.streams("INC-")]

    async def told(self, incident: str) -> list[Message]:
        """Everything that people are told of an incident."""
        return list(messages(await self.incidents.records(incident)))

    async def kinds(self) -> list[str]:
        """The kinds of events in the stream of alerts."""
        return [record.kind for record in await self.incidents.records(STREAM)]

    async def joined(self, incident: str) -> list[e.AlertsJoined]:
        """The alerts that an incident has."""
        records = await self.incidents.records(incident)
        return [e.event_as(e.AlertsJoined, r) for r in records if r.kind == e.AlertsJoined.kind]


def monitored(*, broken: bool = True, **routing: object) -> Monitored:
    """A house with one target, and sources that have no rules but these."""
    return Monitored(build(broken=broken), Routing.model_validate(routing))


def with_targets(count: int) -> Monitored:
    """A house with many targets, all alike."""
    house = build()
    shop = house.incidents.managed_targets["shop"]
    managed_targets = {
        f"shop-{number}": ManagedTarget(
            target=shop.target.model_copy(update={"name": f"shop-{number}"}),
            policy=shop.policy,
            production=shop.production,
            documents=shop.documents,
        )
        for number in range(count)
    }
    house.incidents.managed_targets = managed_targets
    return Monitored(house, Routing.model_validate({}))


def alert(fingerprint: str = "f1", state: AlertState = "firing", **fields: object) -> Alert:
    """An alert of the shop."""
    plain: dict[str, object] = {"title": f"alert {fingerprint}", "labels": SHOP}
    return Alert.model_validate({"fingerprint": fingerprint, "state": state, **plain, **fields})


def ago(monitored: Monitored, **span: float) -> datetime:
    """A moment before now."""
    return monitored.incidents.clock.now() - timedelta(**span)


__all__ = ["SHOP", "Monitored", "ago", "alert", "monitored", "with_targets"]
