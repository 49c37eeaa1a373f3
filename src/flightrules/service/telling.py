"""Telling where incidents stand. It changes nothing, but what was told is on record like every other answer.

Knows: what of an incident fits into an answer. Must not know: rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flightrules.errors import FlightrulesError, Refused
from flightrules.service import answers as a
from flightrules.service.incident_service import IncidentService, answered
from flightrules.service.invocation import Call
from flightrules.service.messages.delivering import OUTBOX, undelivered
from flightrules.service.rollback.rollbacks import under_way
from flightrules.service.witnessing import troubles
from flightrules.state import commands as c
from flightrules.state.finding_again import seen
from flightrules.state.incident import Incident
from flightrules.state.report.timeline import TimelineSoFar
from flightrules.state.vocabulary import Phase
from flightrules.state.words import counted

LATEST_ENTRIES = 6
LISTED = 20
FOUND = 5


async def status(incidents: IncidentService, call: Call, query: str = "") -> a.Answer[a.Status]:
    """Return where an incident stands.

    Without an incident, return which incidents and targets there are; with a query, which incidents are like it.
    """
    if query.strip():
        return await _search(incidents, call, query)
    if not call.incident:
        return await _list(incidents, call)
    invocation = incidents.invocation(call)
    try:
        incident = await incidents.read(invocation)
        due = incidents.is_due(incident, call.actor)
    except Refused as no:
        return await refused(incidents, call, no)
    log = await incidents.read_on(incident)
    entries, told = _latest(log.timeline), log.told.messages
    troubles = undelivered(incidents, told, await incidents.read_beside(invocation, OUTBOX + incident.id))
    if not due and not await incidents.keeps(call, incident.id):
        says, result = _said(incident, entries, troubles)
        return incidents.answer(incident, incidents.clock.now(), says=says, result=result)
    return await incidents.take(invocation, c.ShowRollback(), lambda after, _events: _said(after, entries, troubles))


async def refused(incidents: IncidentService, call: Call, no: Refused) -> a.Answer[Any]:
    """The refusal of a call that only looks; on record like one."""
    if await incidents.keeps(call, "refused"):
        return await incidents.refuse(call, no)
    problem = a.Problem(kind="refused", code=no.code, reason=no.reason, remedy=no.remedy)
    return a.Answer[Any](ok=False, says=f"{no.reason} {no.remedy}".strip(), problem=problem)


def _said(after: Incident, entries: tuple[str, ...], troubles: tuple[str, ...]) -> tuple[str, a.Status]:
    result = a.Status(
        title=after.title,
        target=after.target,
        detected_at=after.detected_at,
        timeline=entries,
        waiting=tuple(f"{held.id}: {held.text}" for held in after.held),
        undelivered=troubles[-LATEST_ENTRIES:],
    )
    waits = f" {under_way(after)}" if after.phase is Phase.ROLLING_BACK else ""
    return f"{after.id} on {after.target}: {after.phase}.{waits}", result


def _latest(timeline: TimelineSoFar) -> tuple[str, ...]:
    return tuple(f"{entry.at:%H:%M:%S} {entry.text}" for entry in timeline.entries()[-LATEST_ENTRIES:])


async def _search(incidents: IncidentService, call: Call, query: str) -> a.Answer[a.Status]:
    """Earlier incidents found by any of the words; the one at hand, where it is named, is none of them."""
    names = await incidents.store.search(query, limit=FOUND + 1)
    earlier = [name for name in names if name.startswith("INC-") and name != call.incident][:FOUND]
    incident_list, unreadable = await _readable(incidents, earlier)
    says = f"Best match first: {', '.join(earlier)}." if earlier else "No incident is found by any of these words."
    return await _noted(incidents, call, says + _lost(unreadable), a.Status(found=tuple(map(seen, incident_list))))


async def _list(incidents: IncidentService, call: Call) -> a.Answer[a.Status]:
    """Every open incident first, then the latest of those that are closed."""
    still, closed, unreadable = await _all(incidents)
    lines = tuple(_line(incident) for incident in (*still, *closed[: max(0, LISTED - len(still))]))
    result = a.Status(incidents=lines, targets=tuple(sorted(incidents.managed_targets)))
    says = f"{counted(len(still), 'open incident')}; targets: {', '.join(result.targets)}."
    says = " ".join([says, *await troubles(incidents.store)])
    return await _noted(incidents, call, says + _lost(unreadable), result)


async def _all(incidents: IncidentService) -> tuple[list[Incident], list[Incident], list[str]]:
    """Open incidents, closed ones, both newest first, and the names of those whose log cannot be read."""
    incident_list, unreadable = await _readable(incidents, (await incidents.store.streams("INC-"))[::-1])
    still = [incident for incident in incident_list if incident.phase is not Phase.CLOSED]
    return still, [incident for incident in incident_list if incident.phase is Phase.CLOSED], unreadable


def _lost(unreadable: Sequence[str]) -> str:
    return f" Not readable: {', '.join(unreadable)}; see: flightrules log verify." if unreadable else ""


async def _noted(incidents: IncidentService, call: Call, says: str, result: a.Status) -> a.Answer[a.Status]:
    """An answer about no single incident, on record in the server's own stream."""
    answer = a.Answer[a.Status](ok=True, says=says, result=result)
    if await incidents.keeps(call, "found" if result.found or not result.targets else "listed"):
        await incidents.note(incidents.invocation(call), answered(answer))
    return answer


async def _readable(incidents: IncidentService, names: Sequence[str]) -> tuple[list[Incident], list[str]]:
    """Incidents, and the names of those whose log cannot be read: one of these hides no other."""
    incident_list: list[Incident] = []
    unreadable: list[str] = []
    for name in names:
        try:
            incident_list.append(await incidents.known(name))
        except FlightrulesError:
            unreadable.append(name)
    return incident_list, unreadable


def _line(incident: Incident) -> a.IncidentLine:
    return a.IncidentLine(
        incident=incident.id,
        target=incident.target,
        title=incident.title,
        phase=incident.phase,
        severity=incident.severity,
        detected_at=incident.detected_at,
    )
