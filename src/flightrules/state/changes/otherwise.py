"""Mended by hand or over by itself; pace, times and reminders.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.approving import no_plan
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident
from flightrules.state.phases import RESTORED
from flightrules.state.vocabulary import Phase


def _claimed(_incident: Incident, event: e.MitigationClaimed, _at: datetime) -> Change:
    return {"claimed": event}


def _mitigated(incident: Incident, event: e.MitigatedOtherwise, _at: datetime) -> Change:
    """A step after the service was restored has its place in the timeline, and starts nothing anew."""
    if incident.phase in RESTORED:
        return {"claimed": None}
    first = max(event.at, incident.detected_at)
    if incident.phase is Phase.VERIFYING:
        return {"claimed": None, "mitigation_ended_at": first, "verdict": None}
    return {
        "claimed": None,
        "mitigation": event.how,
        "verdict": None,
        "fix_failed": False,
        "mitigated_at": incident.mitigated_at or first,
        "mitigation_ended_at": first,
        **no_plan(),
    }


def _paced(_incident: Incident, event: e.PaceSet, _at: datetime) -> Change:
    return {
        "pace_until": event.until,
        **({"pace_fix": event.fix_minutes} if event.fix_minutes is not None else {}),
        **({"pace_updates": event.update_minutes} if event.update_minutes is not None else {}),
        "breached": _incident.breached - {"fix", "internal_update"},
    }


def _pace_ended(_incident: Incident, _event: e.PaceEnded, _at: datetime) -> Change:
    return {"pace_until": None, "pace_updates": None}


def _corrected(incident: Incident, event: e.TimesCorrected, _at: datetime) -> Change:
    """Rules go on from what was known when they were asked; only what is told of the incident changes."""
    return {
        "corrected_onset": event.onset_at or incident.corrected_onset,
        "corrected_detection": event.detected_at or incident.corrected_detection,
        "corrected_end": event.ended_at or incident.corrected_end,
    }


def _reminded(incident: Incident, event: e.Reminded, _at: datetime) -> Change:
    others = tuple(one for one in incident.reminded if one.about != event.about)
    return {"reminded": (*others, event)}


CHANGES: Table = {
    e.MitigationClaimed: _claimed,
    e.MitigatedOtherwise: _mitigated,
    e.PaceSet: _paced,
    e.PaceEnded: _pace_ended,
    e.TimesCorrected: _corrected,
    e.Reminded: _reminded,
    e.ClockMoved: lambda _incident, event, at: {"clock_moved": (at, event.by_s)},
    e.Acknowledged: lambda _incident, _event, _at: {},
}
