"""One look of extended monitoring at one incident: what is due is looked at, with the probes it needs, and recorded.

Knows: from when logs are read, and that what fails is looked at again before it is told.
Must not know: when a look is due or what it means (state), nor who watches (watching.py). It only ever reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flightrules.ports import Wanted
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation, OtherStreams
from flightrules.service.observing import collected, known_errors, moments_of, target_stream
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.evidence import Finding
from flightrules.state.facts import Facts, facts_of
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.monitoring import Schedule, schedule
from flightrules.state.recurrence import LOOKS_FROM_OUTSIDE, came_back, failing, probes_of, sight_of
from flightrules.state.vocabulary import ActorKind, Watch

CONFIRM_S = 10.0
"""So long after a failure it is looked at again: a blip is over by then."""


def invocation_of(incident: str) -> Invocation:
    """Invocation of the system itself: there is no caller to answer."""
    actor = Actor(kind=ActorKind.SYSTEM, name="watch", face="server")
    return Invocation(call=Call(tool="", arguments={}, actor=actor, incident=incident), identity="", recorded=True)


async def look(incidents: IncidentService, incident: Incident, *, why_missed: str = "") -> list[e.Event]:
    """Make the checks that are due, and record them with those that were missed; the new events."""
    now = incidents.clock.now()
    stands = schedule(incident, incidents.managed(incident.target).policy, now)
    if incident.restored_at is None or not (stands.due or stands.gaps):
        return []
    since = logs_since(incident, incident.restored_at)
    findings = await _first(incidents, incident, stands, since) if stands.due else ()
    again = await _again(incidents, incident, stands, findings)
    target = incidents.managed(incident.target).target
    command = c.RecordMonitoring(
        restored_at=incident.restored_at,
        slots=stands.due,
        first=sight_of(findings, target) if stands.due else None,
        again=sight_of(again, target) if again else None,
        evidence=(*findings, *again),
        logs_since=since,
        looked_at=now,
        why=why_missed,
    )
    return await record(incidents, incident, command)


async def record(incidents: IncidentService, incident: Incident, command: c.RecordMonitoring) -> list[e.Event]:
    """Record a look and what follows from it; the new events."""
    runs = facts_of(command.evidence, incidents.managed(incident.target).target).release
    _, events = await incidents.apply(invocation_of(incident.id), command, _condemning(runs))
    return events


def logs_since(incident: Incident, restored: datetime) -> datetime:
    """Up to where the logs were read for sure: to the last look, else to where the last verification began.

    Never before mitigation ended, since those lines are the incident's own.
    """
    if incident.watched.logs_until is not None:
        return incident.watched.logs_until
    return max(incident.mitigation_ended_at or restored, min(incident.looked_at or restored, restored))


async def _first(
    incidents: IncidentService, incident: Incident, stands: Schedule, since: datetime
) -> tuple[Finding, ...]:
    probes = probes_of({slot.watch for slot in stands.due}, incidents.managed(incident.target).target)
    known = (*known_errors(incident), *incident.level.usual)
    return await collected(
        incidents, incident.target, Wanted(probes=probes, since=since, moments=moments_of(incident)), known=known
    )


async def _again(
    incidents: IncidentService, incident: Incident, stands: Schedule, findings: Sequence[Finding]
) -> tuple[Finding, ...]:
    """Read everything once more, and what runs now, if something fails or is back.

    What fails is given a moment before it is read again.
    """
    target = incidents.managed(incident.target).target
    facts = sight_of(findings, target).facts
    outside = LOOKS_FROM_OUTSIDE & {slot.watch for slot in stands.due}
    fails = bool(outside and failing(facts, incident.baseline or Facts()))
    if not fails and not came_back(incident, facts):
        return ()
    if fails:
        await incidents.clock.sleep(CONFIRM_S)
    every = probes_of({Watch.RECURRENCE}, target)
    probes = [probe for probe in every if probe != "logs" and not probe.startswith("metric:")]
    return await collected(incidents, incident.target, Wanted(probes=(*probes, "deploys")))


def _condemning(release: str | None) -> OtherStreams:
    """A release on which an incident came back is none to go back to, in a later incident either."""

    def other_streams(incident: Incident, events: Sequence[e.Event]) -> list[tuple[str, e.Event]]:
        if release is None or not any(isinstance(event, e.RecurrenceDetected) for event in events):
            return []
        return [(target_stream(incident.target), e.ReleaseObserved(release=release, healthy=False, by=incident.id))]

    return other_streams
