"""Fold of an incident's log into its state. Folding the same log always gives the same incident.

Knows: the meaning of each event for the state. Must not know: whether an event was allowed (rules do).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flightrules.errors import Defect
from flightrules.state import events as e
from flightrules.state.changes import CHANGES
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.paging import paging
from flightrules.state.phases import MOVING, after
from flightrules.state.vocabulary import Phase


def fold(records: Iterable[Recorded], start: Incident | None = None) -> Incident | None:
    """The incident after these records; None while no record opened one."""
    incident = start
    for record in records:
        incident = apply(incident, record)
    return incident


QUIET = frozenset(
    kind
    for kind, event in e.KINDS.items()
    if event not in CHANGES and kind not in MOVING and event is not e.IncidentOpened
)
"""Kinds that only stand in a log: half of a log is what was called and answered."""


def apply(incident: Incident | None, record: Recorded) -> Incident | None:
    """The incident after one more record."""
    if incident is not None and record.kind in QUIET:
        return incident.but(version=record.version)  # nothing follows from what it says, so it is not read
    return step(incident, e.event_in(record), at=record.at, version=record.version)


def step(incident: Incident | None, event: e.Event, *, at: datetime, version: int) -> Incident | None:
    """The incident after one more event that is, or is about to be, recorded at that time and version."""
    if isinstance(event, e.IncidentOpened):
        if incident is not None:
            raise Defect(f"incident {incident.id} is opened a second time in its own log")
        return _opened(event, at, version)
    if incident is None:
        return None
    change = CHANGES.get(type(event))
    fields = change(incident, event, at) if change else {}
    return incident.but(version=version, phase=_phase(incident, event), **fields, **paging(incident, event, at))


def stepped(incident: Incident, events: Iterable[e.Event], *, at: datetime) -> Incident:
    """The incident as it would be if these events were recorded together."""
    for event in events:
        incident = step(incident, event, at=at, version=incident.version + 1) or incident
    return incident


def _phase(incident: Incident, event: e.Event) -> Phase:
    moved = after(incident.phase, event.moves)
    if moved is None and event.kind in MOVING:
        raise Defect(f"{event.moves} cannot happen in phase {incident.phase}")
    return moved or incident.phase


def _opened(event: e.IncidentOpened, at: datetime, version: int) -> Incident:
    return Incident(
        id=event.incident,
        version=version,
        target=event.target,
        title=event.title,
        description=event.description,
        detected_at=event.detected_at,
        onset_at=event.onset_at,
        onset_known=event.onset_known,
        opened_at=at,
    )
