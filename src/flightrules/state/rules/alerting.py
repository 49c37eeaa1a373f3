"""Alerts of monitoring in an incident: they join it as evidence, and the server calls people to it.

Knows: that each alert joins once, and that one that is resolved closes, verifies and calms nothing.
Must not know: how alerts arrive, nor which of them open an incident (intake).
"""

from __future__ import annotations

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.rules.context import RuleContext
from flightrules.state.severity import seen_severity
from flightrules.state.vocabulary import Phase


def join_alerts(incident: Incident, command: c.JoinAlerts, _context: RuleContext) -> list[e.Event]:
    """Join alerts, unless they joined already or the incident is closed."""
    if command.through <= incident.alerts_through or incident.phase is Phase.CLOSED:
        return []
    return [
        e.AlertsJoined(
            alerts=command.alerts,
            firing=command.firing,
            resolved=command.resolved,
            through=command.through,
            severity=command.severity,
        )
    ]


def call_people(incident: Incident, command: c.CallPeople, _context: RuleContext) -> list[e.Event]:
    """Call people once, unless the incident is closed."""
    if incident.called_at is not None or incident.phase is Phase.CLOSED:
        return []
    seen = seen_severity(incident.facts) if incident.read and incident.facts is not None else None
    return [
        e.PeopleCalled(
            title=command.title,
            source=command.source,
            severity=seen,
            stated=incident.alert_severity,
            seen=command.seen,
            page=command.page,
        )
    ]


def tell_waiting(_incident: Incident, command: c.TellWaiting, _context: RuleContext) -> list[e.Event]:
    """Tell that alerts of other targets wait."""
    return [e.AlertsWaiting(targets=command.targets, most=command.most, minutes=command.minutes)]
