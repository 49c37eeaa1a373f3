"""Sentences of the timeline for each kind of event, with one module for each area.

Knows: all sentences in one table, and which events say nothing. Must not know: the order of entries.
"""

from __future__ import annotations

from flightrules.state import events as e
from flightrules.state.sentences import (
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
from flightrules.state.sentences.base import Line, Table, Walk

__all__ = ["SAYS", "SILENT", "Line", "Walk"]

SAYS: Table = {
    **assessing.SAYS,
    **approving.SAYS,
    **rolling_back.SAYS,
    **fixing.SAYS,
    **otherwise.SAYS,
    **verifying.SAYS,
    **analysing.SAYS,
    **finishing.SAYS,
    **communicating.SAYS,
    **alerting.SAYS,
}
"""Functions that write the timeline entries, by kind of event."""

SILENT: frozenset[type[e.Event]] = frozenset(
    {
        e.AlertAttended,
        e.AlertHeard,
        e.AlertOpening,
        e.AlertsHeldBack,
        e.AlertsPlaced,
        e.AlertsRepeated,
        e.CallReceived,
        e.CallAnswered,
        e.EvidenceRecorded,
        e.HistoryRead,
        e.ProductionRead,
        e.SettingsRead,
        e.SurveyRead,
        e.FixBranching,
        e.IncidentRegistered,
        e.LogRead,
        e.LooksCounted,
        e.StandingGranted,
        e.StandingUsed,
        e.StandingRevoked,
        e.ReleaseObserved,
        e.RollbackBegan,
        e.RollbackOver,
        e.SendBegan,
        e.SendEnded,
        e.WitnessFailed,
        e.WitnessRestored,
    }
)
"""Events that say nothing in the timeline: what follows from them does."""
