"""Verification and what comes back after it (protocol, phase 4).

Knows: the data of these events. Must not know: how a verdict is found.
"""

from __future__ import annotations

from flightrules.state.events.base import Event
from flightrules.state.facts import Facts
from flightrules.state.verification import Item
from flightrules.state.vocabulary import Verdict


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


class RecurrenceDetected(Event):
    """The incident came back while it was monitored."""

    kind = "recurrence_detected"
    says: str
