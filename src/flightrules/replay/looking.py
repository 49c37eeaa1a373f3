"""A look of monitoring made again: what was seen is handed in as it was, for the rules to judge.

Knows: which events hold a look. Must not know: what a look means, nor which checks are due (state).
Of a look that found nothing, older versions kept the verdict alone: that is what cannot be judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from flightrules.service.invocation import ManagedTarget
from flightrules.service.monitoring import logs_since
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.evidence import Finding
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.monitoring import schedule
from flightrules.state.recurrence import LOOKS_FROM_OUTSIDE, sight_of
from flightrules.state.target import Target
from flightrules.state.watched import Sight

E = TypeVar("E", bound=e.Event)


def first_of(turn: Sequence[Recorded], kind: type[E]) -> E | None:
    """The first event of a kind in a turn."""
    return next((e.event_as(kind, record) for record in turn if record.kind == kind.kind), None)


def look_of(turn: Sequence[Recorded], incident: Incident, managed: ManagedTarget) -> c.RecordMonitoring | None:
    """The command behind a turn of monitoring; None where it is none, or where what was seen was not kept."""
    at, restored = turn[0].at, incident.restored_at or turn[0].at
    missed, checked = first_of(turn, e.MonitoringMissed), first_of(turn, e.MonitoringChecked)
    why = missed.why if missed else ""
    if checked is None:
        return c.RecordMonitoring(restored_at=restored, logs_since=at, looked_at=at, why=why) if missed else None
    evidence = tuple(e.event_as(e.EvidenceRecorded, r).finding for r in turn if r.kind == e.EvidenceRecorded.kind)
    first, again = _sights(checked, evidence, managed.target)
    if first is None:
        return None
    return c.RecordMonitoring(
        restored_at=restored,
        slots=schedule(incident, managed.policy, checked.looked_at).due,
        first=first,
        again=again,
        evidence=evidence,
        logs_since=_read_since(checked, incident, restored),
        looked_at=checked.looked_at,
        why=why,
    )


def _sights(
    checked: e.MonitoringChecked, evidence: Sequence[Finding], target: Target
) -> tuple[Sight | None, Sight | None]:
    """Both looks as they were kept, else as the evidence of a recurrence: there the second begins with health."""
    if checked.first is not None or not evidence:
        return checked.first, checked.again
    outside = any(slot.watch in LOOKS_FROM_OUTSIDE for slot in checked.slots)
    begins = [number for number, finding in enumerate(evidence) if finding.probe == "health"][int(outside) :]
    split = begins[0] if begins else len(evidence)
    again = evidence[split:]
    return sight_of(evidence[:split], target), sight_of(again, target) if again else None


def _read_since(checked: e.MonitoringChecked, incident: Incident, restored: datetime) -> datetime:
    return checked.logs_since or logs_since(incident, restored)
