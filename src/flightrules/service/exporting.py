"""Everything the log holds of one incident: its own stream, and what stands of it in the streams of target and server.

Knows: what ties an event of another stream to an incident. Must not know: how it is shown.
"""

from __future__ import annotations

from flightrules.service.incident_service import SERVER_STREAM, IncidentService
from flightrules.service.observing import target_stream
from flightrules.state.events import IncidentOpened
from flightrules.state.log import Recorded


async def whole(incidents: IncidentService, incident: str) -> list[Recorded]:
    """The incident's own events first, then those of other streams; none where there is no such incident.

    An event elsewhere belongs to it where it names the incident, was recorded in one append with the incident's own, or
    is of the standing approval that it used.
    """
    own = await incidents.records(incident)
    if not own:
        return []
    appends = {(record.call, record.at) for record in own if record.call}
    targets = [str(record.data["target"]) for record in own if record.kind == IncidentOpened.kind]
    others = [record for name in targets for record in await incidents.records(target_stream(name))]
    others += await incidents.records(SERVER_STREAM)
    used = {str(r.data["id"]) for r in others if r.kind == "standing_used" and r.data["incident"] == incident}
    return own + [r for r in others if _belongs(r, incident, used, beside=(r.call, r.at) in appends)]


def _belongs(record: Recorded, incident: str, used: set[str], *, beside: bool) -> bool:
    if record.kind.startswith("standing_"):
        return _standing(record) in used
    named = record.data.get("incident", record.data.get("by"))
    return named == incident or (beside and "incident" not in record.data)


def _standing(record: Recorded) -> str:
    terms = record.data.get("terms")
    return str(terms["id"] if isinstance(terms, dict) else record.data.get("id"))
