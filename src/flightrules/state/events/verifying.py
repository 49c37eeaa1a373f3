"""Verification, monitoring and recurrence (docs/incident-protocol.md#verification).

Knows: the data of these events. Must not know: how a verdict is found.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.events.base import Event
from flightrules.state.facts import Facts
from flightrules.state.verification import Item
from flightrules.state.vocabulary import Verdict
from flightrules.state.watched import Gap, Seen, Sight, Slot


class VerificationRecorded(Event):
    """A verdict and the checklist it stands on."""

    kind = "verification_recorded"
    verdict: Verdict
    items: tuple[Item, ...]
    facts: Facts
    evidence: tuple[str, ...]

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.verdict}"


class MonitoringChecked(Event):
    """Checks of extended monitoring that were made in one look; small, since there are many of them."""

    kind = "monitoring_checked"
    slots: tuple[Slot, ...]
    looked_at: datetime
    verdict: Seen
    saw: str = ""
    """Things that were well, in a few words."""
    items: tuple[Item, ...] = ()
    """Things that were not well, or could not be seen."""
    suspects: tuple[str, ...] = ()
    """Things that failed only once; one more failure counts as a recurrence."""
    logs_until: datetime | None = None
    """Up to when the logs were read; None where they were not."""
    logs_since: datetime | None = None
    """From when on they were asked for."""
    first: Sight | None = None
    """Result of the look on which the verdict rests; None if an older version kept only the verdict."""
    again: Sight | None = None
    """The second look, where the first saw something fail."""


class Glanced(Event):
    """Users see something else of an incident that is not over than they did."""

    kind = "glanced"
    facts: Facts
    looked_at: datetime


class MonitoringMissed(Event):
    """Checks that nobody made in their time: one event for a gap, however long."""

    kind = "monitoring_missed"
    gaps: tuple[Gap, ...]
    why: str = ""
    """Why, where that is known."""


class RecurrenceDetected(Event):
    """The incident came back while it was monitored."""

    kind = "recurrence_detected"
    says: str
    evidence: tuple[str, ...] = ()
    seen: bool = True
    """False where a person decided anew and nothing was seen to come back."""
