"""Changes that each event makes to an incident, in one module per area.

Knows: all of them in one table. Must not know: whether an event was allowed (rules do).
"""

from __future__ import annotations

from flightrules.state.changes import (
    alerting,
    analysing,
    approving,
    assessing,
    communicating,
    finishing,
    fixing,
    otherwise,
    rolling_back,
    verifying,
)
from flightrules.state.changes.base import Table

CHANGES: Table = {
    **assessing.CHANGES,
    **approving.CHANGES,
    **rolling_back.CHANGES,
    **fixing.CHANGES,
    **otherwise.CHANGES,
    **verifying.CHANGES,
    **analysing.CHANGES,
    **finishing.CHANGES,
    **communicating.CHANGES,
    **alerting.CHANGES,
}
"""The change of every event that changes an incident; all others only stand in its log."""
