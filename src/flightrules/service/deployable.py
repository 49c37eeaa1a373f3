"""The lock that a team's own deployment can ask: nothing is deployed while an incident of the target is open.

Knows: that a log which cannot be read is no free way. Must not know: who asks, or what a deployment is.
"""

from __future__ import annotations

from flightrules.errors import FlightrulesError
from flightrules.service.incident_service import IncidentService
from flightrules.state.incident import Incident
from flightrules.state.untrusted import one_line
from flightrules.state.vocabulary import Phase


async def held_by(incidents: IncidentService, target: str) -> tuple[str, ...]:
    """Return the reasons that deployments of a target must wait, an incident a line; empty if they may go on."""
    incidents.managed(target)
    found: list[str] = []
    for name in await incidents.store.streams("INC-"):
        try:
            incident = await incidents.known(name)
        except FlightrulesError as failed:
            found.append(f"{name} cannot be read, so it may be open on {target}: {failed}")
            continue
        if incident.target == target and incident.phase is not Phase.CLOSED:
            found.append(_open(incident))
    return tuple(found)


def _open(incident: Incident) -> str:
    severity = incident.severity or "not classified"
    return f"{incident.id} is open on {incident.target} ({severity}, {incident.phase}): {one_line(incident.title, 200)}"
