"""One entry of a timeline.

Knows: the shape. Must not know: where entries come from, or their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that happened."""

    at: datetime
    kind: str
    """The kind of the event behind it."""
    text: str
    actor: str
    source: str
    """The event's number in the log: `#12`."""
    evidence: tuple[str, ...] = ()
