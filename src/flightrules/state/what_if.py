"""What another policy would have changed in incidents that are over.

Knows: the kinds of change, their order, and what minutes the log lets one say. Must not know: how a change was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from flightrules.state.value import Value

Kind = Literal["permission", "refusal", "decision", "approval", "severity", "budget", "monitoring", "other"]

ORDER: tuple[Kind, ...] = ("permission", "refusal", "decision", "approval", "severity", "budget", "monitoring", "other")
"""What is read first: what would be allowed that was refused."""

SAYS: dict[Kind, str] = {
    "permission": "refused then, allowed by this policy",
    "refusal": "allowed then, refused by this policy",
    "decision": "another decision",
    "approval": "another approval",
    "severity": "another severity",
    "budget": "another budget breached, or one no more",
    "monitoring": "other monitoring",
    "other": "something else",
}


class Change(Value):
    """One thing that would have been different."""

    incident: str
    event: int
    """Number of the recorded event at which it differs."""
    at: datetime
    kind: Kind
    what: str
    was: str
    would_be: str
    minutes: float | None = None
    """Minutes saved, or lost where negative; None where the log does not tell."""


class Supposed(Value):
    """What one incident would have been under the other policy."""

    incident: str
    changes: tuple[Change, ...] = ()
    reason: str = ""
    """Why it could not be judged."""


def in_order(all_of_them: Iterable[Supposed]) -> list[Change]:
    """Every change of an archive, what became a permission first."""
    changes = [change for one in all_of_them for change in one.changes]
    return sorted(changes, key=lambda change: (ORDER.index(change.kind), change.incident, change.event))


def balance(changes: Sequence[Change]) -> tuple[float, int]:
    """Minutes saved in all as far as the log tells, and for how many changes it does not."""
    known = [change.minutes for change in changes if change.minutes is not None]
    return sum(known), len(changes) - len(known)
