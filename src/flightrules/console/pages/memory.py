"""Reading that pages share in one process: courses of incidents, and each past incident in a line.

Knows: what may be kept since the log only grows. Must not know: how it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.console.pages.course import Courses
from flightrules.console.pages.history import Ended, ended
from flightrules.console.pages.told import told_in_public
from flightrules.errors import FlightrulesError
from flightrules.service.incident_service import IncidentService
from flightrules.state.messages.update import PublicUpdate


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that is kept of one incident at one version of its log."""

    version: int
    line: Ended
    public: tuple[PublicUpdate, ...]


class Memory:
    """Everything that pages keep of the log."""

    def __init__(self, incidents: IncidentService) -> None:
        self._incidents = incidents
        self.courses = Courses(incidents)
        self._known: dict[str, Known] = {}

    async def every(self) -> tuple[list[Known], list[str]]:
        """Return every incident in short, oldest first, and the names of those whose log cannot be read."""
        found: list[Known] = []
        unreadable: list[str] = []
        for name in await self._incidents.store.streams("INC-"):
            try:
                found.append(await self._one(name))
            except FlightrulesError:
                unreadable.append(name)
        return found, unreadable

    async def _one(self, name: str) -> Known:
        incident, known = await self._incidents.known(name), self._known.get(name)
        if known is None or known.version != incident.version:
            course = await self.courses.course(name)
            line = ended(course.incident, course.log)
            known = Known(version=course.incident.version, line=line, public=told_in_public(course.log, name))
            self._known[name] = known
        return known
