"""A fix from its beginning to its end (protocol, phase 3B).

Knows: the data of these events. Must not know: when a fix is allowed.
"""

from __future__ import annotations

from typing import Literal

from flightrules.state.events.base import Event


class FixStarted(Event):
    """A fix has begun."""

    kind = "fix_started"
    branch: str
    says: str


class FixEnded(Event):
    """A fix is deployed, failed, abandoned, or over its time."""

    kind = "fix_ended"
    outcome: Literal["deployed", "failed", "abandoned", "over"]
    reference: str = ""
    says: str = ""

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.outcome}"
