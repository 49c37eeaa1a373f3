"""Root cause, report, planner and the end.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident


def _root_cause(_incident: Incident, event: e.RootCauseRecorded, _at: datetime) -> Change:
    return {"root_cause": event.root_cause}


def _reported(incident: Incident, event: e.ReportWritten, _at: datetime) -> Change:
    return {"report_path": event.path, "added": incident.added.with_(event.given)}


def _planner(_incident: Incident, _event: e.PlannerReported, _at: datetime) -> Change:
    return {"reported": True}


def _closed(_incident: Incident, _event: e.IncidentClosed, at: datetime) -> Change:
    return {"closed_at": at}


def _stood_down(_incident: Incident, event: e.StoodDown, at: datetime) -> Change:
    return {"closed_at": at, "closed_as": event.closed_as, "stood_down": True}


CHANGES: Table = {
    e.RootCauseRecorded: _root_cause,
    e.ReportWritten: _reported,
    e.PlannerReported: _planner,
    e.IncidentClosed: _closed,
    e.StoodDown: _stood_down,
}
