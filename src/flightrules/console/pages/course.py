"""The course of an incident as pages read it: its log, read once and then only what is new.

Knows: how much is kept in memory. Must not know: how any of it is shown.
A page of an incident with 10,000 events must not read them all again.
"""

from __future__ import annotations

from asyncio import to_thread
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from flightrules.errors import Refused
from flightrules.service.incident_service import IncidentService
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.report.entry import TimelineEntry
from flightrules.state.report.numbered import Log, numbered
from flightrules.state.report.timeline import TimelineSoFar
from flightrules.state.report.whole import ReportData, report_data

KEPT = 4
"""Incidents whose events are kept in memory; those that are read again and again while they go on."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """One incident at one version of its log, with everything that pages derive from it. Each part is made once."""

    incident: Incident
    records: tuple[Recorded, ...]
    made: dict[str, ReportData] = field(default_factory=dict, compare=False, repr=False)
    """The report of this version, once somebody asked for it."""

    log: Log
    """The events with their numbers."""
    so_far: TimelineSoFar
    """The timeline, which the course of the next version reads on."""

    @cached_property
    def entries(self) -> tuple[TimelineEntry, ...]:
        """Return the timeline, oldest first."""
        return self.so_far.entries()


def course_of(incident: Incident, records: Sequence[Recorded], known: Course | None = None) -> Course:
    """Return the course of an incident; of one that was read before, only what is new is looked at."""
    read = known.records if known is not None else ()
    new = tuple(records[len(read) :])
    so_far = known.so_far if known is not None else TimelineSoFar()
    so_far.read(new)
    log = _joined(known.log, numbered(new)) if known is not None else numbered(new)
    return Course(incident=incident, records=(*read, *new), log=log, so_far=so_far)


def _joined(log: Log, more: Log) -> Log:
    """Return a log with the events that follow; kinds without a new event are shared."""
    kinds = {**log.kinds, **{kind: (*log.kinds.get(kind, ()), *events) for kind, events in more.kinds.items()}}
    return Log((*log.events, *more.events), (*log.times, *more.times), kinds)


class Courses:
    """The courses that were read last."""

    def __init__(self, incidents: IncidentService) -> None:
        self._incidents = incidents
        self._kept: OrderedDict[str, Course] = OrderedDict()

    async def course(self, incident_id: str) -> Course:
        """Return the course of an incident as the log has it now. Raises `Refused` if there is no such incident."""
        if not incident_id.startswith("INC-"):
            raise Refused("unknown_incident", f"There is no incident {incident_id!r}.", "See the board.")
        incident = await self._incidents.incident(incident_id)
        known = self._kept.get(incident_id)
        if known is None or known.incident is not incident:
            known = await self._read(incident, known)
        self._keep(incident_id, known)
        return known

    async def _read(self, incident: Incident, known: Course | None) -> Course:
        if known is not None and known.incident.version > incident.version:
            known = None
        before = known.records if known is not None else ()
        fresh = await self._incidents.store.load(incident.id, after=len(before))
        return course_of(incident, (*before, *fresh)[: incident.version], known)

    def _keep(self, incident_id: str, course: Course) -> None:
        self._kept[incident_id] = course
        self._kept.move_to_end(incident_id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def report(self, course: Course) -> ReportData:
        """Return the report so far; it is made in a thread, since that of a long incident takes a second."""
        if (known := course.made.get("report")) is None:
            managed = self._incidents.managed(course.incident.target)
            known = await to_thread(report_data, course.records, course.incident, managed.target, managed.policy)
            course.made["report"] = known
        return known
