"""Commands of the intake of alerts; no face can send them.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from flightrules.state.commands.base import Command
from flightrules.state.events.alerting import JoinedAlert
from flightrules.state.vocabulary import Severity


class JoinAlerts(Command):
    """Alerts of the incident's target were heard: they are evidence of it."""

    alerts: tuple[JoinedAlert, ...]
    firing: int
    resolved: int
    through: int
    severity: Severity | None = None


class CallPeople(Command):
    """People must hear of an incident that an alert opened."""

    title: str
    source: str
    seen: str
    page: str = ""


class TellWaiting(Command):
    """People must hear that alerts of other targets wait."""

    targets: tuple[str, ...]
    most: int
    minutes: int
