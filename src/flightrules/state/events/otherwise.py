"""Events of an incident other than rollback and fix.

These are: mitigation by hand, an incident that is over by itself, its pace, its corrected times, and reminders.

Knows: the data of these events. Must not know: who may record them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.events.base import Event

How = Literal["by_hand", "none"]


class MitigationClaimed(Event):
    """Somebody says that it was repaired by hand or is over; it counts once a person confirms it."""

    kind = "mitigation_claimed"
    how: How
    says: str
    who: str = ""
    at: datetime
    evidence: tuple[str, ...] = ()


class MitigatedOtherwise(Event):
    """A person recorded that it was repaired by hand, or that it was over by itself."""

    kind = "mitigated_otherwise"
    how: How
    says: str
    who: str = ""
    """Name of the person who did it, as reported."""
    at: datetime
    """Time at which it was done or over, as reported."""
    evidence: tuple[str, ...] = ()
    confirmed_by: str

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.how}"


class PaceSet(Event):
    """A person said how long the fix may take, and how often people are told."""

    kind = "pace_set"
    fix_minutes: int | None = None
    update_minutes: int | None = None
    until: datetime
    """Time at which both values end and are asked for again."""
    reason: str
    by: str


class PaceEnded(Event):
    """The time that a person had set is over; the usual times hold again."""

    kind = "pace_ended"


class TimesCorrected(Event):
    """Onset, detection or the end of the impact were put right; what was stated first stays in the log."""

    kind = "times_corrected"
    onset_at: datetime | None = None
    detected_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str
    by: str
    """A person's name, or `analysis`."""
    evidence: tuple[str, ...] = ()


class Reminded(Event):
    """Something was said again, since nobody had done anything about it."""

    kind = "reminded"
    about: Literal["page", "internal_update", "approval", "decision", "public_update"]
    times: int
    """Number of reminders sent for the same waiting matter, including this one."""
    since: datetime


class ClockMoved(Event):
    """The server's clock moved by more than the time that it waited: it was set, or its machine stood still."""

    kind = "clock_moved"
    by_s: int
    """Below nothing where it went back."""


class Acknowledged(Event):
    """A person took what they were told."""

    kind = "acknowledged"
    by: str
    says: str = ""
