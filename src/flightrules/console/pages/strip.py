"""The strip of one incident: its fields always in the same places, on the board and on top of its page.

Knows: the order of what a strip says. Must not know: rules; what waits and what is left comes from the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flightrules.console.pages.clocks import Clock, clocks_of, next_clock
from flightrules.service.overview import Overview
from flightrules.state.incident import Incident
from flightrules.state.waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One incident in one row."""

    id: str
    title: str
    target: str
    severity: str
    phase: str
    waits: tuple[Waiting, ...]
    clock: Clock | None
    says: str
    link: str

    @property
    def order(self) -> tuple[bool, float, str]:
        """Return the place on the board: by the clock that runs out next, those without a clock last."""
        until = self.clock.until if self.clock else None
        return until is None, until.timestamp() if until else 0.0, self.id


def strip(incident: Incident, overview: Overview, now: datetime) -> Strip:
    """Return the strip of an incident."""
    waits, answer = overview.waits, overview.answer
    approval = any(one.about == "approval" for one in waits)
    return Strip(
        id=incident.id,
        title=incident.title,
        target=incident.target,
        severity=str(incident.severity or ""),
        phase=str(incident.phase).replace("_", " "),
        waits=waits,
        clock=next_clock(clocks_of(answer.budgets, incident, now)),
        says=answer.monitoring or _says(incident),
        link=f"/approve/{incident.id}" if approval else f"/incidents/{incident.id}",
    )


def _says(incident: Incident) -> str:
    if incident.fix_branch and incident.fix_started_at and not incident.mitigation_ended_at:
        return f"branch {incident.fix_branch}"
    return f"verification: {incident.verdict}".replace("_", " ") if incident.verdict else ""
