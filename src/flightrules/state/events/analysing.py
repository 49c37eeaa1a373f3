"""The analysis after restoration (docs/incident-protocol.md#root-cause).

Knows: the data of these events. Must not know: what an analysis may claim.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.analysis import Cited, Reproduced
from flightrules.state.events.base import Event


class WhysRecorded(Event):
    """Why, and why that; a later chain takes the place of an earlier one."""

    kind = "whys_recorded"
    whys: tuple[Cited, ...]


class EventObserved(Event):
    """Something that happened, as seen outside of this server."""

    kind = "event_observed"
    id: str
    at: datetime
    says: str
    source: str


class ReproductionRecorded(Event):
    """Result of trying to reproduce the failure, and the steps that were taken for it."""

    kind = "reproduction_recorded"
    outcome: Reproduced
    steps: str
