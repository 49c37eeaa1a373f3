"""Follows alerts up: each gets its incident, an incident that they opened is assessed, and people are called to it.

Knows: that a target has one open incident, and how many may be opened. Must not know: how alerts are read.
An opening is on record before it is made, under a key that any process would use: it is made once, whoever makes it.
All of it only reads production.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flightrules.errors import Defect
from flightrules.service.alerts.intake import INTAKE, Intake
from flightrules.service.complaints import Complaints
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation, OtherStreams
from flightrules.service.observing import assess
from flightrules.service.opening import open_incident
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.alerts.alert import detected, onset
from flightrules.state.alerts.book import MOST_OPENED, STREAM, WITHIN
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.severity import worst
from flightrules.state.vocabulary import Phase

log = logging.getLogger("flightrules")

NAMED = 20
"""Alerts that one event of an incident holds; all stand in the stream of alerts."""
LOOK_EVERY_S = 15.0
"""The longest pause between two looks for work that another process left."""
PAUSE_S = 0.5
"""Seconds in which alerts of a storm gather."""

Heard = tuple[Recorded, e.AlertHeard]


@dataclass(slots=True)
class FollowUp:
    """Work that follows from alerts. `work` is a chore for any loop; `run` is a loop of its own."""

    intake: Intake
    _placing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _attending: dict[str, asyncio.Task[str]] = field(default_factory=dict)
    _complaints: Complaints = field(default_factory=lambda: Complaints(log, "alerts wait;"))

    @property
    def _incidents(self) -> IncidentService:
        return self.intake.incidents

    async def run(self) -> None:
        """Follow up until it is cancelled; no assessment keeps another alert waiting."""
        try:
            while True:
                self.intake.wake.clear()
                await self._complaints.guard("alerts", self.place())
                self._attend()
                await self._until_woken()
                await self._incidents.clock.sleep(PAUSE_S)
        finally:
            for task in self._attending.values():
                task.cancel()
            await self._complaints.guard("repeats of alerts", self.intake.flush())

    async def _until_woken(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self.intake.wake.wait()
        except TimeoutError:
            return

    async def work(self) -> None:
        """Follow up everything there is, and wait for it."""
        await self.place()
        self._attend()
        await asyncio.gather(*self._attending.values())

    async def place(self) -> None:
        """Give each alert its incident: the open one of its target, else a new one as far as any may be opened."""
        async with self._placing:
            await self.intake.refresh()
            waiting = [target for target in tuple(self.intake.book.pending) if not await self._place(target)]
            if waiting and not self.intake.book.told_waiting:
                await self._tell_waiting(waiting)

    async def _place(self, target: str) -> bool:
        """Place the alerts of one target; False if they must wait."""
        if target not in self._incidents.managed_targets:
            return True  # kept, and shown
        found = await self._pending(target)
        if not found:
            return True
        open_there = await self._incidents.open_on(target)
        if open_there:
            await self._join(open_there[-1], found, opened=False)
        elif not any(event.state == "firing" for _, event in found):
            await self.intake.append(e.AlertsPlaced(target=target, through=found[-1][0].version))
        else:
            key = await self._promised(target, found)
            if not key:
                return False
            await self._join(await self._opened(target, key, found), found, opened=True)
        await self.intake.refresh()
        return True

    async def _pending(self, target: str) -> list[Heard]:
        waits = self.intake.book.pending.get(target)
        if waits is None:
            return []  # another process placed them
        records = await self._incidents.store.load(STREAM, after=waits.first - 1)
        read = [(r, e.event_as(e.AlertHeard, r)) for r in records if r.kind == e.AlertHeard.kind]
        return [(record, event) for record, event in read if event.target == target and record.version <= waits.last]

    async def _promised(self, target: str, found: Sequence[Heard]) -> str:
        """The key of the opening, on record; empty if no incident may be opened now."""
        key = f"alert-{target}-{_first(found)[0].version}"
        while target not in self.intake.book.openings:
            if not self.intake.book.may_open(self._incidents.clock.now()):
                return ""
            await self.intake.append(e.AlertOpening(target=target, key=key))
        return self.intake.book.openings[target][0]

    async def _opened(self, target: str, key: str, found: Sequence[Heard]) -> Incident:
        """The incident of that key, opened now if it was not."""
        record, alert = _first(found)
        told = [alert.title, alert.description, *(f"{name}: {value}" for name, value in alert.labels), alert.url]
        arguments: dict[str, Any] = {
            "target": target,
            "title": alert.title,
            "description": "\n".join(line for line in told if line)[:4000],
            "detected_at": detected(alert.starts_at, record.at).isoformat(),
            "detected_via": f"alert of {alert.source}",
        }
        if began := onset(alert.starts_at, record.at):
            arguments["onset_at"] = began.isoformat()
        call = Call(tool="open_incident", arguments=arguments, actor=INTAKE, key=key)
        answer = await open_incident(self._incidents, call, c.Open.model_validate({"incident": "", **arguments}))
        if not answer.incident:
            raise Defect(f"no incident could be opened for {target}: {answer.says}")
        return await self._incidents.incident(answer.incident)

    async def _join(self, incident: Incident, found: Sequence[Heard], *, opened: bool) -> None:
        placed = e.AlertsPlaced(
            target=incident.target, incident=incident.id, through=found[-1][0].version, opened=opened
        )
        if incident.phase is Phase.CLOSED:
            await self.intake.append(placed.model_copy(update={"opened": False}))
            return
        await self._incidents.apply(_invocation(incident.id), _joining(found), _also(placed))

    async def _tell_waiting(self, targets: Sequence[str]) -> None:
        newest = self.intake.book.newest
        log.warning("alerts of %s wait: %d incidents were opened within %s", ", ".join(targets), MOST_OPENED, WITHIN)
        if newest:
            minutes = int(WITHIN.total_seconds()) // 60
            command = c.TellWaiting(targets=tuple(targets), most=MOST_OPENED, minutes=minutes)
            await self._incidents.apply(_invocation(newest), command, _also(e.AlertsHeldBack(targets=tuple(targets))))
            await self.intake.refresh()

    def _attend(self) -> None:
        """Begin to attend to each incident that was opened and that nobody here attends to."""
        self._attending = {name: task for name, task in self._attending.items() if not task.done()}
        for name in self.intake.book.attend:
            if name not in self._attending:
                work = self._complaints.guard(f"attending to {name}", self._attend_to(name))
                self._attending[name] = asyncio.get_running_loop().create_task(work)

    async def _attend_to(self, name: str) -> None:
        """Assess an incident, and call people with what was seen, whatever that is."""
        incident = await self._incidents.incident(name)
        if incident.called_at is not None or incident.phase is Phase.CLOSED:
            await self.intake.append(e.AlertAttended(incident=name))
            return
        seen = await self._seen(incident)
        incident = await self._incidents.incident(name)
        command = c.CallPeople(
            title=incident.title, source=await self._source(name), seen=seen, page=self._incidents.page_of(name)
        )
        await self._incidents.apply(_invocation(name), command, _also(e.AlertAttended(incident=name)))
        await self.intake.refresh()

    async def _seen(self, incident: Incident) -> str:
        try:
            call = Call(tool="assess", arguments={"incident": incident.id}, actor=INTAKE, incident=incident.id)
            return (await assess(self._incidents, call)).says
        except Exception as failed:  # people are called whatever happens
            log.exception("%s could not be assessed", incident.id)
            return f"nothing: the assessment failed ({type(failed).__name__})"

    async def _source(self, name: str) -> str:
        """Name of the source whose alert opened an incident."""
        joined = next((r for r in await self._incidents.records(name) if r.kind == e.AlertsJoined.kind), None)
        return e.event_as(e.AlertsJoined, joined).alerts[0].source if joined else "monitoring"


def _first(found: Sequence[Heard]) -> Heard:
    """The alert that an incident is opened for: of the first delivery with one that fires, the one that began first.

    What is heard later never changes it, so that an opening that is made again is the same.
    """
    firing = [(record, event) for record, event in found if event.state == "firing"]
    delivery = [one for one in firing if one[0].at == firing[0][0].at]
    return min(delivery, key=lambda one: (one[1].starts_at or one[0].at, one[0].version))


def _joining(found: Sequence[Heard]) -> c.JoinAlerts:
    firing = [event for _, event in found if event.state == "firing"]
    stated = [event.severity for event in firing if event.severity is not None]
    ordered = sorted(found, key=lambda one: one[1].state != "firing")
    return c.JoinAlerts(
        alerts=tuple(_joined(record, event) for record, event in ordered[:NAMED]),
        firing=sum(event.unnamed or 1 for event in firing),
        resolved=sum(event.unnamed or 1 for _, event in found if event.state == "resolved"),
        through=found[-1][0].version,
        severity=worst(*stated) if stated else None,
    )


def _joined(record: Recorded, event: e.AlertHeard) -> e.JoinedAlert:
    return e.JoinedAlert(
        source=event.source,
        fingerprint=event.fingerprint,
        state=event.state,
        title=event.title,
        heard_at=record.at,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        url=event.url,
        severity=event.severity,
    )


def _invocation(incident: str) -> Invocation:
    """The intake's own doing, which nobody called."""
    return Invocation(call=Call(tool="", arguments={}, actor=INTAKE, incident=incident), identity="", recorded=True)


def _also(event: e.Event) -> OtherStreams:
    """The event in the stream of alerts, in the same transaction as what it tells of; nothing if nothing came of it."""
    return lambda _incident, events: [(STREAM, event)] if events else []
