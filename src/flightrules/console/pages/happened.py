"""The log as a page reads it: newest first, in pages, decisions alone if asked.

Knows: which kinds are decisions, and how many lines a page has. Must not know: the sentences (state/sentences).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flightrules.state import events as e
from flightrules.state.report.entry import TimelineEntry

MOST = 50
"""Lines of one page."""

DECISIONS = frozenset(
    kind.kind
    for kind in (
        e.SeverityClassified,
        e.PathDecided,
        e.PlanProposed,
        e.PlanDropped,
        e.ApprovalGranted,
        e.ApprovalRejected,
        e.RollbackStarted,
        e.RollbackFinished,
        e.FixStarted,
        e.FixEnded,
        e.MitigatedOtherwise,
        e.VerificationRecorded,
        e.RecurrenceDetected,
        e.UpdateApproved,
        e.UpdateRejected,
        e.Acknowledged,
        e.PaceSet,
        e.IncidentClosed,
        e.StoodDown,
    )
)
"""Kinds of events that `decisions only` shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the log."""

    number: int
    at: datetime
    who: str
    text: str
    evidence: tuple[str, ...]
    look: Literal["", "person", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """One page of the log."""

    lines: tuple[Line, ...]
    total: int
    decisions: bool
    older: int | None = None
    """Position to ask for next; None on the last page."""
    newer: int | None = None
    """Position of the page before; None on the first page."""

    @property
    def left(self) -> int:
        """Return how many lines are older than this page."""
        return self.older or 0


def page(entries: Sequence[TimelineEntry], *, until: int | None = None, decisions: bool = False, at: int = 0) -> Lines:
    """Return one page, newest first.

    `until` is a position in the timeline that does not move when the log grows. `at` names an event to be shown.
    """
    shown = [entry for entry in entries if entry.kind in DECISIONS] if decisions else entries
    end = len(shown) if until is None else max(0, min(until, len(shown)))
    if at:
        end = _position(shown, at) or end
    start = max(0, end - MOST)
    return Lines(
        lines=tuple(map(_line, reversed(shown[start:end]))),
        total=len(shown),
        decisions=decisions,
        older=start or None,
        newer=min(end + MOST, len(shown)) if end < len(shown) else None,
    )


def _position(entries: Sequence[TimelineEntry], number: int) -> int:
    """Return the end of a page on which the event of a number stands; 0 if it has no line."""
    places = (place for place, entry in enumerate(entries, start=1) if entry.source == f"#{number}")
    place = next(places, 0)
    return min(place + MOST // 2, len(entries)) if place else 0


def _line(entry: TimelineEntry) -> Line:
    actor = entry.actor.partition(" via ")[0]
    kind, _, name = actor.partition(" ")
    person = kind == "person"
    return Line(
        number=int(entry.source[1:]),
        at=entry.at,
        who=name if person and name else actor,
        text=entry.text,
        evidence=entry.evidence,
        look="no" if entry.kind == e.CallRefused.kind else "person" if person else "",
    )
