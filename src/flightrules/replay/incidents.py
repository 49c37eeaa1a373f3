"""The service of a replay: each call reads the log as it had read it, and decides when the log says that it did.

Knows: that a version of the log gives the incident of that version. Must not know: what any call does.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from flightrules.replay.cursor import LogCursor
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.voice import may_be_spoken_for


@dataclass(slots=True, kw_only=True)
class ReplayedIncidents(IncidentService):
    """Reads and decides as it did then."""

    cursor: LogCursor
    _past: dict[int, Incident] = field(default_factory=dict)
    """The incident by the version of the log."""

    async def read(self, invocation: Invocation) -> Incident:
        """The incident as this call had read it."""
        incident = await self._at(self.cursor.read(self.cursor.own_place))
        invocation.rests_on(incident)
        return incident

    async def read_beside(self, invocation: Invocation, stream: str) -> list[Recorded]:
        """Another stream as this call had read it."""
        version = self.cursor.read(invocation.beside.get(stream, 0))
        invocation.reads.append((stream, version))
        return [
            record for record in self.cursor.session.context if record.stream == stream and record.version <= version
        ]

    async def decided_on(self, invocation: Invocation) -> Incident:
        """The incident on which a command was refused, else as it is when the call writes next."""
        version = self.cursor.refused_at() if invocation.identity else None
        if version is None:
            await self.cursor.turn()
            invocation.known = await self.incident(self.cursor.incident, fresh=False)
        else:
            invocation.known = await self._at(self.cursor.read(version))
        return invocation.known

    async def _at(self, version: int) -> Incident:
        if version > self.cursor.place:
            await self.cursor.turn()
        now = await self.incident(self.cursor.incident)
        if version >= self.cursor.place:
            return now
        places = sorted(self._past)
        return self._past[places[max(bisect_right(places, version) - 1, 0)]]

    def believe(self, incident: Incident) -> None:
        """Go on from that incident, and keep it for those that read it now and write later."""
        IncidentService.believe(self, incident)
        self._past[self.cursor.place] = incident

    def lock(self, _incident_id: str) -> AbstractAsyncContextManager[object]:
        """Nothing: the log says whose turn it is."""
        return nullcontext()

    async def _still_its_own(self, invocation: Invocation) -> None:
        """Nothing: an answer that came too late made a call of its own."""

    async def keeps(self, call: Call, what: str) -> bool:
        """Every look that is in the log went on record."""
        del call, what
        return True

    async def open_beside(self, target: str) -> tuple[str, ...]:
        """The ids of the incidents that were open when this one was opened."""
        del target
        opened = self.cursor.ahead(e.IncidentOpened)
        return opened.beside if opened else ()

    async def speaker(self, incident: Incident) -> str:
        """The incident that spoke to the public for this one, by the next turn or what was recorded before."""
        kind = e.SpokenFor.kind
        ahead = next((record for record in self.cursor.turn_ahead() if record.kind == kind), None)
        told = (ahead or self.cursor.earlier(kind)) if may_be_spoken_for(incident) else None
        return e.event_as(e.SpokenFor, told).by if told else ""
