"""Alerts of monitoring: in a stream of their own as they are heard, and in an incident as what joined it.

Knows: the data of these events. Must not know: what they do to an incident.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.alerts.alert import AlertState
from flightrules.state.events.base import Event
from flightrules.state.value import Value
from flightrules.state.vocabulary import Severity


class AlertHeard(Event):
    """In the stream of alerts: the first delivery of a fingerprint, or a change of its state."""

    kind = "alert_heard"
    source: str
    fingerprint: str
    state: AlertState
    title: str
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    url: str = ""
    unnamed: int = 0
    ahead_s: int = 0
    """Seconds by which the source's clock was ahead."""
    target: str = ""
    """Target by the rules of that moment; empty if none matched."""
    severity: Severity | None = None
    """Severity that it states by the settings of that moment."""


class AlertRepeat(Value):
    """Repeats of one alert since they were last written down."""

    source: str
    fingerprint: str
    count: int
    last_at: datetime


class AlertsRepeated(Event):
    """In the stream of alerts: deliveries that told nothing new, counted."""

    kind = "alerts_repeated"
    repeats: tuple[AlertRepeat, ...]


class AlertOpening(Event):
    """In the stream of alerts: an incident is about to be opened for a target, by a call with this key."""

    kind = "alert_opening"
    target: str
    key: str


class AlertsPlaced(Event):
    """In the stream of alerts: those of a target up to an event have their incident."""

    kind = "alerts_placed"
    target: str
    incident: str = ""
    """Empty if nothing fired and no incident was open."""
    through: int
    opened: bool = False


class AlertAttended(Event):
    """In the stream of alerts: an incident that they opened was assessed, and people were called."""

    kind = "alert_attended"
    incident: str


class AlertsHeldBack(Event):
    """In the stream of alerts: too many incidents were opened just now, so these targets wait."""

    kind = "alerts_held_back"
    targets: tuple[str, ...]


class JoinedAlert(Value):
    """One alert as an incident has it."""

    source: str
    fingerprint: str
    state: AlertState
    title: str
    heard_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    url: str = ""
    severity: Severity | None = None


class AlertsJoined(Event):
    """Alerts of monitoring joined the incident as evidence; one that is resolved calms nothing."""

    kind = "alerts_joined"
    alerts: tuple[JoinedAlert, ...]
    """The first of them; all stand in the stream of alerts."""
    firing: int
    resolved: int
    through: int
    """The last event of the stream of alerts that is counted in."""
    severity: Severity | None = None
    """The worst severity that one that fires states."""


class PeopleCalled(Event):
    """The server called people to an incident that an alert opened, with what it saw itself."""

    kind = "people_called"
    title: str
    source: str
    severity: Severity | None = None
    """The mildest severity by what was seen; None if production could not be read."""
    stated: Severity | None = None
    """Severity that the alerts state."""
    seen: str
    page: str = ""
    """Address at which people see the incident."""


class AlertsWaiting(Event):
    """Alerts of other targets wait, because intake opened as many incidents as it may; told on the newest of them."""

    kind = "alerts_waiting"
    targets: tuple[str, ...]
    most: int
    minutes: int
