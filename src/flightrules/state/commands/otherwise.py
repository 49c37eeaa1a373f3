"""Commands by which a person records events other than rollback and fix.

These are: mitigation by hand, an incident that is over by itself, the pace, corrected times and an acknowledgement.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.commands.base import Command, Short, Text

How = Literal["by_hand", "none"]
Evidence = Annotated[tuple[Short, ...], Field(max_length=20)]
Span = Annotated[int, Field(ge=5, le=60 * 24 * 14)]


class ClaimMitigation(Command):
    """An agent says that it was repaired by hand, or is over by itself."""

    how: How
    says: Text
    who: Short = ""
    at: datetime | None = None
    evidence: Evidence = ()


class Mitigate(Command):
    """A person records it, or confirms what was claimed."""

    how: How
    says: Text = ""
    who: Short = ""
    at: datetime | None = None
    evidence: Evidence = ()


class SetPace(Command):
    """A person sets how long the fix may take, and how often people are told."""

    fix_minutes: Span | None = None
    update_minutes: Span | None = None
    reason: Text = ""


class CorrectTimes(Command):
    """A person puts times right."""

    onset_at: datetime | None = None
    detected_at: datetime | None = None
    ended_at: datetime | None = None
    reason: Text = ""


class NoteClock(Command):
    """The system's: the clock moved by so many seconds beside the time that passed."""

    by_s: int


class Acknowledge(Command):
    """A person takes what they were told."""

    says: Text = ""
