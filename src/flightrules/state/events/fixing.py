"""A fix from its beginning to its end (docs/incident-protocol.md#fix).

Knows: the data of these events. Must not know: when a fix is allowed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.events.base import Event
from flightrules.state.fix import FixCheck, FixItem, SuiteRun


class FixStarted(Event):
    """A fix has begun."""

    kind = "fix_started"
    branch: str
    says: str


class FixBranching(Event):
    """The branch of the fix is about to be created in the user's checkout."""

    kind = "fix_branching"
    branch: str
    start: str
    """The commit it is to begin at."""


class FixBranched(Event):
    """The branch of the fix is there."""

    kind = "fix_branched"
    branch: str
    commit: str


class FixChecked(Event):
    """Evidence that somebody states for points of the checklist."""

    kind = "fix_checked"
    checks: tuple[FixCheck, ...]


class FixTesting(Event):
    """The tests are about to run in the user's checkout."""

    kind = "fix_testing"
    run: str
    argv: tuple[str, ...]
    limit_s: int


class FixTested(Event):
    """Result of a run of the tests."""

    kind = "fix_tested"
    run: str
    result: SuiteRun


class FixEnded(Event):
    """A fix is deployed, failed, abandoned, or over its time."""

    kind = "fix_ended"
    outcome: Literal["deployed", "failed", "abandoned", "over"]
    reference: str = ""
    """Commit or pull request."""
    deployment: str = ""
    """Name of the deployment that released the fix, as the person or system that deployed it calls it."""
    says: str = ""
    unchecked: tuple[FixItem, ...] = ()
    """Points of the checklist that nothing shows."""
    deployed_at: datetime | None = None
    """Time at which the fix was deployed, as reported afterwards."""

    @property
    def moves(self) -> str:
        """The kind with its outcome."""
        return f"{self.kind}:{self.outcome}"
