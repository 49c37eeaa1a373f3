"""A glance at what users see of an incident that is not over: health and checks, and hosts where nothing answers.

Knows: how often it is taken. Must not know: what follows from it (state). It only ever reads.
So the server itself proves when users were well again, whenever somebody asks, and what the public reads stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flightrules.ports import Wanted
from flightrules.service.incident_service import IncidentService
from flightrules.service.monitoring import invocation_of
from flightrules.service.observing import collected
from flightrules.state import commands as c
from flightrules.state.incident import Incident
from flightrules.state.recurrence import from_outside, sight_of
from flightrules.state.rules.monitoring import GLANCED
from flightrules.state.vocabulary import Phase

OFTEN = timedelta(seconds=60)
"""Between two glances while a remedy is in place that nobody verified."""
SELDOM = timedelta(minutes=10)
"""Between two glances otherwise."""


def due(incident: Incident, last: datetime | None, now: datetime, beside: Iterable[Incident] = ()) -> bool:
    """Return True if a glance is due; before the first assessment there is nothing that it could change.

    It is at once when another incident of the same target saw something else since: what one tells the public is so
    for both.
    """
    if incident.phase not in GLANCED or incident.shown.at is None:
        return False
    if any(_saw_else(one, incident) for one in beside) and now - (last or incident.shown.at) >= OFTEN:
        return True
    every = OFTEN if incident.phase is Phase.VERIFYING else SELDOM
    return now - max(incident.shown.at, last or incident.shown.at) >= every


def _saw_else(one: Incident, incident: Incident) -> bool:
    seen, known = one.shown, incident.shown
    newer = seen.at is not None and known.at is not None and seen.at > known.at
    return one.id != incident.id and one.target == incident.target and newer and seen.last is not known.last


async def glance(incidents: IncidentService, incident: Incident) -> None:
    """Look from outside, and record what is new of it."""
    target, now = incidents.managed(incident.target).target, incidents.clock.now()
    findings = await collected(incidents, incident.target, Wanted(probes=from_outside(target)))
    seen = sight_of(findings, target)
    if not seen.answers:  # it may be this machine's own network: hosts that answer show that it is not
        hosts = await collected(incidents, incident.target, Wanted(probes=("services",)))
        seen = sight_of((*findings, *hosts), target)
    if seen.answers:
        await incidents.apply(invocation_of(incident.id), c.RecordGlance(facts=seen.facts, looked_at=now))
