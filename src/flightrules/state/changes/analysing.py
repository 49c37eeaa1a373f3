"""The analysis.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident


def _observed(incident: Incident, event: e.EventObserved, _at: datetime) -> Change:
    return {"observed": (*incident.observed, event)}


CHANGES: Table = {e.EventObserved: _observed}
