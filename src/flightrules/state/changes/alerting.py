"""Alerts of monitoring.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
A stated severity counts from the next classification on, as a stated impact does; nothing here lowers anything.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident
from flightrules.state.severity import worst


def _joined(incident: Incident, event: e.AlertsJoined, _at: datetime) -> Change:
    joined: Change = {"alerts_through": event.through}
    if event.severity is None:
        return joined
    return {**joined, "alert_severity": worst(incident.alert_severity, event.severity)}


def _called(_incident: Incident, _event: e.PeopleCalled, at: datetime) -> Change:
    return {"called_at": at}


CHANGES: Table = {
    e.AlertsJoined: _joined,
    e.PeopleCalled: _called,
    e.AlertsWaiting: lambda _incident, _event, _at: {},
}
