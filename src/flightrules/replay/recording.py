"""An incident taken out of the log as a session: its own events, and what belongs to it in other streams.

Knows: which records of other streams a replay needs. Must not know: where the file goes.
"""

from __future__ import annotations

from flightrules import __version__
from flightrules.errors import Refused
from flightrules.replay.store import is_condemning, since_opened
from flightrules.service.incident_service import SERVER_STREAM, IncidentService
from flightrules.service.messages.delivering import OUTBOX
from flightrules.service.observing import target_stream
from flightrules.service.rollback.under_way import rollbacks_stream
from flightrules.state import events as e
from flightrules.state.archive.sessions import session_lines
from flightrules.state.log import Recorded

STANDING = frozenset({e.StandingGranted.kind, e.StandingUsed.kind, e.StandingRevoked.kind})
"""Kinds of events that others wrote into a target's stream, and on which an incident rests."""


async def recorded(incidents: IncidentService, incident_id: str) -> str:
    """The session of an incident, as text. Raises `Refused` for an unknown one."""
    incident = await incidents.incident(incident_id)
    records = await incidents.records(incident_id)
    if not records:
        raise Refused("unknown_incident", f"There is no incident {incident_id!r}.", "See `flightrules status`.")
    calls = {record.call for record in records} - {""}
    opened = records[0].call
    of_target = await incidents.records(target_stream(incident.target))
    # By place and by name as well as by time: clocks are set back.
    newest = max((record.version for record in of_target if record.call in calls), default=0)
    reads = (e.event_as(e.LogRead, record).versions for record in records if record.kind == e.LogRead.kind)
    read = max((version for versions in reads for version in versions), default=0)
    newest = max(newest, read)
    named = {record.data.get("standing") for record in records if record.kind == e.ApprovalGranted.kind} - {""}
    context = [
        *(r for r in of_target if _needed(r, calls, records[-1], newest) or _standing_in(r) in named),
        *(
            r
            for r in await incidents.records(rollbacks_stream(incident.target))
            if r.call in calls or r.at <= records[-1].at or r.version <= read
        ),
        *(await incidents.records(OUTBOX + incident_id)),
        *since_opened(await incidents.store.find_call(SERVER_STREAM, opened), incident_id),
    ]
    lines = session_lines(records, context, target=incident.target, version=__version__)
    return "".join(f"{line}\n" for line in lines)


def _standing_in(record: Recorded) -> str | None:
    """The id of what a record approves in advance."""
    terms = record.data.get("terms") if record.kind == e.StandingGranted.kind else None
    return str(terms.get("id")) if isinstance(terms, dict) else None


def _needed(record: Recorded, calls: set[str], last: Recorded, newest: int) -> bool:
    approved_before = record.kind in STANDING and (record.at <= last.at or record.version <= newest)
    return record.call in calls or approved_before or is_condemning(record, last.stream)
