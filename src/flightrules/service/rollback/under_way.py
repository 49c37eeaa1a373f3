"""The one rollback of a target that may be under way, whichever incident it belongs to.

Knows: that a stream of its own says which one began and which is over. Must not know: how a rollback is followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Invocation
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.rules.executing import plan_of


def rollbacks_stream(target: str) -> str:
    """The stream that tells when rollbacks of a target began and were over."""
    return f"rollbacks:{target}"


async def another(incidents: IncidentService, invocation: Invocation, incident: Incident) -> str:
    """The other incident that rolls this one's target back now; empty where none does."""
    return another_in(await incidents.read_beside(invocation, rollbacks_stream(incident.target)), incident)


def another_in(records: Iterable[Recorded], incident: Incident) -> str:
    """The same, read off the records of that stream."""
    begun: dict[str, str] = {}
    for record in records:
        if record.kind == e.RollbackBegan.kind:
            begun[str(record.data["plan"])] = str(record.data["incident"])
        elif record.kind == e.RollbackOver.kind:
            begun.pop(str(record.data["plan"]), None)
    return next((name for name in begun.values() if name != incident.id), "")


def began(incident: Incident, events: Sequence[e.Event]) -> list[tuple[str, e.Event]]:
    """Return what the stream of the target's rollbacks is told of a start."""
    started = next((event for event in events if isinstance(event, e.RollbackStarted)), None)
    if started is None:
        return []
    return [(rollbacks_stream(incident.target), e.RollbackBegan(incident=incident.id, plan=started.plan))]


def over(incident: Incident, events: Sequence[e.Event]) -> list[tuple[str, e.Event]]:
    """Return what the stream of the target's rollbacks is told of an end."""
    if not any(isinstance(event, e.RollbackFinished) for event in events):
        return []
    return [(rollbacks_stream(incident.target), e.RollbackOver(incident=incident.id, plan=plan_of(incident).id))]
