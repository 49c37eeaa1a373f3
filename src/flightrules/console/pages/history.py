"""Past incidents: filters, and what all of them show together.

Knows: which moments are measured, and how numbers are drawn together. Must not know: where incidents are read from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.report.numbered import Log
from flightrules.state.vocabulary import Severity
from flightrules.state.words import span

BUDGETS = {
    "assessment": "Assessment",
    "response": "Response",
    "rollback": "Rollback",
    "fix": "Fix",
    "internal_update": "Updates inside",
    "external_notice": "Public notice",
}
STAGES = (("assess", "to assess"), ("decide", "to decide"), ("restore", "to restore"))
MOST = 50
"""Incidents of one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One incident in a line, with what was measured of it."""

    id: str
    title: str
    target: str
    severity: str
    phase: str
    detected_at: datetime
    assess: timedelta | None = None
    decide: timedelta | None = None
    restore: timedelta | None = None
    applied: frozenset[str] = frozenset()
    """Budgets that ran in it."""
    breached: frozenset[str] = frozenset()
    rollbacks: int = 0
    held: int = 0
    """Rollbacks after which it was restored and did not come back."""
    mitigation: str = ""
    open: bool = False


def ended(incident: Incident, log: Log) -> Ended:
    """Return the line of an incident."""
    begun = incident.noticed_at
    assessed, decided = (_first(log, kind) for kind in (e.AssessmentRecorded, e.PathDecided))
    came_back = bool(log.every(e.RecurrenceDetected))
    succeeded = sum(event.outcome == "succeeded" for _, event in log.every(e.RollbackFinished))
    restored = incident.restored_at
    return Ended(
        id=incident.id,
        title=incident.title,
        target=incident.target,
        severity=str(incident.severity or ""),
        phase=str(incident.phase).replace("_", " "),
        detected_at=incident.detected_at,
        assess=_since(begun, assessed),
        decide=_since(begun, decided),
        restore=_since(begun, incident.ended_at or restored),
        applied=_applied(incident, log),
        breached=incident.breached,
        rollbacks=len(log.every(e.RollbackStarted)),
        held=1 if succeeded and restored is not None and incident.mitigation == "rollback" and not came_back else 0,
        mitigation=incident.mitigation.replace("_", " "),
        open=incident.phase.value != "closed",
    )


def _first(log: Log, kind: type[e.Event]) -> datetime | None:
    found = log.every(kind)
    return log.times[int(found[0][0][1:]) - 1] if found else None


def _since(begun: datetime, at: datetime | None) -> timedelta | None:
    return at - begun if at is not None and at >= begun else None


def _applied(incident: Incident, log: Log) -> frozenset[str]:
    ran = {"assessment", "response", *incident.breached}
    if log.every(e.RollbackStarted):
        ran.add("rollback")
    if log.every(e.FixStarted):
        ran.add("fix")
    if incident.severity in (Severity.P1, Severity.P2):
        ran |= {"internal_update", "external_notice"}
    return frozenset(ran & BUDGETS.keys())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters of a reader."""

    query: str = ""
    target: str = ""
    severity: str = ""
    state: str = ""
    """`open`, `closed`, or empty for both."""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart: a share of the longest, and what it stands for."""

    label: str
    share: float
    text: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Bars that belong together."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One page of history."""

    lines: tuple[Ended, ...]
    found: int
    page: int
    pages: int
    times: tuple[Group, ...]
    budgets: Group
    rollbacks: Group
    targets: tuple[str, ...]
    wanted: Wanted


def history(every: Sequence[Ended], wanted: Wanted, hits: Sequence[str] | None = None) -> History:
    """Return a page of the incidents that a reader wants, newest first, or best match first where they searched."""
    found = _ordered([one for one in every if _matches(one, wanted)], hits)
    pages = max(1, -(-len(found) // MOST))
    page = min(max(wanted.page, 1), pages)
    return History(
        lines=tuple(found[(page - 1) * MOST : page * MOST]),
        found=len(found),
        page=page,
        pages=pages,
        times=tuple(_times(found, name, title) for name, title in STAGES),
        budgets=Group(title="Budgets kept", bars=tuple(_kept(found))),
        rollbacks=Group(title="Rollbacks that held", bars=tuple(_held(found))),
        targets=tuple(sorted({one.target for one in every})),
        wanted=wanted,
    )


def _matches(one: Ended, wanted: Wanted) -> bool:
    state = wanted.state in ("", "open" if one.open else "closed")
    return state and wanted.target in ("", one.target) and wanted.severity in ("", one.severity)


def _ordered(found: list[Ended], hits: Sequence[str] | None) -> list[Ended]:
    if hits is None:
        return sorted(found, key=lambda one: one.detected_at, reverse=True)
    places = {name: place for place, name in enumerate(hits)}
    return sorted((one for one in found if one.id in places), key=lambda one: places[one.id])


def _times(found: Sequence[Ended], name: str, title: str) -> Group:
    """Return the median time of a stage for each severity; a severity of which nothing is known has no bar."""
    medians: dict[str, tuple[timedelta, int]] = {}
    for severity in Severity:
        spans = [getattr(one, name) for one in found if one.severity == severity and getattr(one, name) is not None]
        if spans:
            medians[str(severity)] = (median(spans), len(spans))
    longest = max((length for length, _ in medians.values()), default=timedelta(0))
    bars = (
        Bar(label=severity, share=length / longest if longest else 0.0, text=span(length), count=count)
        for severity, (length, count) in medians.items()
    )
    return Group(title=f"Median time {title}", bars=tuple(bars))


def _kept(found: Sequence[Ended]) -> list[Bar]:
    bars = []
    for name, label in BUDGETS.items():
        ran = [one for one in found if name in one.applied]
        if ran:
            kept = sum(name not in one.breached for one in ran)
            bars.append(Bar(label=label, share=kept / len(ran), text=f"{kept} of {len(ran)}", count=len(ran)))
    return bars


def _held(found: Sequence[Ended]) -> list[Bar]:
    bars = []
    for target in sorted({one.target for one in found if one.rollbacks}):
        tried = sum(one.rollbacks for one in found if one.target == target)
        held = sum(one.held for one in found if one.target == target)
        bars.append(Bar(label=target, share=held / tried, text=f"{held} of {tried}", count=tried))
    return bars
