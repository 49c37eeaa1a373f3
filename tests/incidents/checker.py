"""Holds what people read against what was so: a table of times, written before anything is played.

It imports nothing of the product: sentences are known here by their words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Users = Literal["up", "degraded", "down"]


@dataclass(frozen=True)
class Truth:
    """Facts that hold from a time on, counted from the beginning of the course."""

    after: timedelta
    users: Users
    work: bool = False
    """True if a remedy is being worked on."""
    over: bool = False
    """True if it is solved for good."""
    known: bool = False
    """True if the cause is known."""
    lost: bool = False
    """True if data is known to be lost."""


@dataclass(frozen=True)
class Read:
    """One message as it was read."""

    at: datetime
    audience: str
    text: str


CLAIMS: tuple[tuple[str, str], ...] = (
    ("\n**Impact**: It is not available.", "down"),
    ("\n**Impact**: An important part of it does not work", "degraded"),
    ("\n**Impact**: A part of it does not work", "degraded"),
    ("At the moment we see no problem", "up"),
    ("The service works again", "up"),
    ("The problem is solved", "over"),
    ("Production is restored", "up"),
    ("The incident is back", "not up"),
    ("The problem is back", "not up"),
    ("We are working on a remedy", "work"),
    ("We are still working on a remedy", "work"),
    ("We know what to do", "work"),
    ("The cause is known", "known"),
    ("No data was lost", "not lost"),
    ("This was a false alarm", "up"),
)
"""Sentences that claim something, and what must be so when they are read."""


def truth_at(table: Sequence[Truth], start: datetime, at: datetime) -> Truth:
    """The row of a time."""
    return max((row for row in table if start + row.after <= at), key=lambda row: row.after, default=table[0])


def holds(claim: str, now: Truth) -> bool:
    """Return True if what is claimed is true."""
    return {
        "down": now.users == "down",
        "degraded": now.users == "degraded",
        "not up": now.users != "up",
        "up": now.users == "up",
        "over": now.over,
        "work": now.work,
        "known": now.known,
        "not lost": not now.lost,
    }[claim]


def lies(messages: Sequence[Read], table: Sequence[Truth], start: datetime) -> list[str]:
    """Every sentence that was not so when it was read."""
    found: list[str] = []
    for one in messages:
        now = truth_at(table, start, one.at)
        found += [
            f"{one.at:%H:%M} {one.audience}: {words.strip()}"
            for words, claim in CLAIMS
            if words in one.text and not holds(claim, now)
        ]
    return found
