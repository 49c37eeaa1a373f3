"""The decision (docs/incident-protocol.md#decision).

Knows: the data of this event. Must not know: how the tree is walked.
"""

from __future__ import annotations

from typing import Literal

from flightrules.state.decision import Inputs, Node
from flightrules.state.events.base import Event
from flightrules.state.releases import GoodRelease
from flightrules.state.vocabulary import Path


class PathDecided(Event):
    """Rollback, fix, investigate or a person; with the whole walk through the tree."""

    kind = "path_decided"
    path: Path
    by: Literal["rules", "person"]
    reason: str
    trace: tuple[Node, ...] = ()
    warnings: tuple[str, ...] = ()
    inputs: Inputs | None = None
    release: GoodRelease | None = None
    without: tuple[str, ...] = ()
    """Hosts that a person left out of the rollback."""
    fix_minutes: int | None = None
    """So long a person gave the fix they decided for, where that is longer than usual."""

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.path}"
