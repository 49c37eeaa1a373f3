"""Production before, during and now, from the incident's own evidence: a table, and charts in which a gap is a gap.

Knows: which events hold a look at production. Must not know: how it was read. Nothing is measured anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flightrules.console.pages.chart import Chart, Reading, chart
from flightrules.state import events as e
from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.report.metrics import metrics
from flightrules.state.report.numbered import Log
from flightrules.state.words import Said, short

MOST_READINGS = 240
"""Readings of one chart; of more, those that differ from their neighbours are kept first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value of the table."""

    text: str
    look: Literal["", "pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was measured."""

    name: str
    before: Cell
    during: Cell
    now: Cell
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The whole section."""

    rows: tuple[Row, ...]
    charts: tuple[Chart, ...]
    read_at: datetime | None


def measured(log: Log, incident: Incident) -> Measured:
    """Return what was seen of production before, during and now."""
    looks = _looks(log)
    rows = tuple(
        _row(metric.name, metric.before, metric.during, metric.after, looks) for metric in metrics(log, incident)
    )
    return Measured(rows=rows, charts=tuple(_charts(log, incident, looks)), read_at=looks[-1].at if looks else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at production; logs are read by some looks alone."""

    at: datetime
    facts: Facts
    logs: bool
    """True if logs were asked for: only then is their absence a gap."""


def _looks(log: Log) -> list[_Look]:
    """Return every look at production in the order of time."""
    found: list[_Look] = []
    for kind, logs in ((e.AssessmentRecorded, True), (e.ProductionRead, False), (e.VerificationRecorded, True)):
        events = log.kinds.get(kind, ())
        found += (_Look(at=_when(log, number), facts=event.facts, logs=logs) for number, event in events)
    found += (_Look(at=one.looked_at, facts=one.facts, logs=False) for _, one in log.every(e.Glanced))
    for _, check in log.every(e.MonitoringChecked):
        if check.first is not None:
            facts = (check.again or check.first).facts
            found.append(_Look(at=check.looked_at, facts=facts, logs=check.logs_since is not None))
    return sorted(found, key=lambda look: look.at)


def _when(log: Log, number: str) -> datetime:
    """Return when an event was recorded, by its place and without a search."""
    return log.times[int(number[1:]) - 1]


def _row(name: str, before: Said, during: Said, after: Said, looks: Sequence[_Look]) -> Row:
    newest = next((one for one in reversed(looks) if one.logs or name != "error lines"), None)
    now = _now(name, newest.facts) if newest else None
    sources = tuple(dict.fromkeys(one for one in (*during.sources, *after.sources) if one.startswith("E")))
    return Row(
        name=name,
        before=_cell(before),
        during=_cell(during, bad=name in {"health", "failing checks"} and not _well(during)),
        now=now or _cell(after),
        evidence=sources[:6],
    )


def _cell(said: Said, *, bad: bool = False) -> Cell:
    if not said.known:
        return Cell(text=said.text.removeprefix("not known: "), look="unknown")
    return Cell(text=said.text, look="fail" if bad else "")


def _well(said: Said) -> bool:
    return said.text.startswith(("as wanted", "0 of "))


def _now(name: str, facts: Facts) -> Cell | None:
    """Return the newest look in words, for what every look sees."""
    if name == "health":
        looks: dict[str, Literal["pass", "fail", "unknown"]] = {"up": "pass", "down": "fail"}
        text = {"up": "answers as wanted", "down": "fails"}.get(facts.health, "not seen")
        return Cell(text=text, look=looks.get(facts.health, "unknown"))
    if name == "failing checks":
        failed, seen = _checks(facts)
        return Cell(text=f"{failed} of {seen}", look="fail" if failed else "pass") if seen else _not_seen()
    if name == "error lines":
        return Cell(text=str(facts.error_lines), look="") if facts.logs_known else _not_seen()
    return None


def _not_seen() -> Cell:
    return Cell(text="not seen", look="unknown")


def _checks(facts: Facts) -> tuple[int, int]:
    failed = len(facts.major_failed) + len(facts.minor_failed)
    return failed, failed + len(facts.checks_passed)


def failing_share(facts: Facts) -> float | None:
    """Return the percentage of health and checks that fail; None if none of them was seen."""
    failed, seen = _checks(facts)
    known = facts.health != "unknown"
    total = seen + known
    return 100.0 * (failed + (facts.health == "down")) / total if total else None


def _charts(log: Log, incident: Incident, looks: Sequence[_Look]) -> Iterator[Chart]:
    marks, gaps = _marks(log, incident), _gaps(log)
    shares = _thinned([(one.at, failing_share(one.facts)) for one in looks])
    read = [one for one in looks if one.logs]
    errors = _thinned([(one.at, float(one.facts.error_lines) if one.facts.logs_known else None) for one in read])
    drawn = (
        chart("Health and checks that fail", shares, marks=marks, gaps=gaps, unit=" %", top=100.0),
        chart("Error lines in each look", errors, marks=marks, gaps=gaps, top=10.0),
    )
    yield from (one for one in drawn if one is not None)


def _thinned(readings: list[Reading]) -> list[Reading]:
    """Return the readings in the order of time, without those in the middle of a level stretch, at most so many."""
    ordered = sorted(readings, key=lambda reading: reading[0])
    kept = [
        reading
        for place, reading in enumerate(ordered)
        if place in {0, len(ordered) - 1} or not ordered[place - 1][1] == reading[1] == ordered[place + 1][1]
    ]
    every = -(-len(kept) // MOST_READINGS)
    return kept if every <= 1 else [*kept[:-1:every], kept[-1]]


def _gaps(log: Log) -> list[tuple[datetime, datetime]]:
    """Return the spans in which checks were missed."""
    return [(gap.first_at, gap.last_at) for _, event in log.every(e.MonitoringMissed) for gap in event.gaps]


def _marks(log: Log, incident: Incident) -> list[tuple[datetime, str]]:
    """Return the events that a reader looks for in a chart."""
    deployed = incident.history.deploys[0] if incident.history.deploys else None
    found = [(deployed.at, f"deployed {short(deployed.sha)[:8]}")] if deployed else []
    found.append((incident.noticed_at, "noticed"))
    words = ((e.RollbackStarted, "rollback began"), (e.FixStarted, "fix began"), (e.RecurrenceDetected, "came back"))
    for kind, word in words:
        found += ((_when(log, number), word) for number, _ in log.kinds.get(kind, ()))
    if incident.restored_at is not None:
        found.append((incident.restored_at, "restored"))
    return sorted(found, key=lambda mark: mark[0])
