"""A replay under way: the recorded calls, one after the other as the log has them, through the service as it is.

Knows: which call writes the next event. Must not know: what any call does, nor what becomes of a replay.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar

from flightrules.errors import Refused
from flightrules.replay.calls import make, turned_away
from flightrules.replay.cursor import Died, Diverged, LogCursor, Missing, ReplayedCall
from flightrules.replay.following import command_of
from flightrules.replay.incidents import ReplayedIncidents
from flightrules.replay.looking import look_of
from flightrules.replay.production import RecordedProduction
from flightrules.replay.rolling_back import RecordedRollbacks
from flightrules.replay.settings import settings_of
from flightrules.replay.signers import RecordedSigners
from flightrules.replay.store import RecordedStore
from flightrules.replay.testing_a_fix import RecordedSuites
from flightrules.replay.world import (
    NoLeases,
    RecordedCheckout,
    RecordedClock,
    RecordedFiles,
    RecordedIds,
    RecordedKinds,
    RecordedSender,
)
from flightrules.service import monitoring
from flightrules.service.application import Application
from flightrules.service.invocation import Call, Invocation, ManagedTarget
from flightrules.service.watching import Watching
from flightrules.state import events as e
from flightrules.state.archive.replays import ReplayDifference
from flightrules.state.log import Recorded


@dataclass(slots=True)
class Replaying:
    """One replay under way."""

    service_kind: ClassVar[type[ReplayedIncidents]] = ReplayedIncidents
    cursor: LogCursor
    app: Application = field(init=False)
    _files: RecordedFiles = field(init=False)
    _waiting: list[ReplayedCall] = field(default_factory=list)
    _settings: list[tuple[int, e.SettingsRead]] = field(default_factory=list)
    """Places at which other settings begin to count, and those settings."""

    def __post_init__(self) -> None:
        """Wire the service on the recorded world."""
        cursor = self.cursor
        self._files = RecordedFiles(cursor)
        incidents = self.service_kind(
            store=RecordedStore(cursor),
            clock=RecordedClock(cursor),
            ids=RecordedIds(cursor),
            managed_targets={},
            outbox=self._files,
            kinds=RecordedKinds(),
            cursor=cursor,
        )
        self.app = Application(
            incidents=incidents,
            rollbacks=RecordedRollbacks(incidents),
            suite_runs=RecordedSuites(incidents, cursor=cursor),
            watching=Watching(incidents=incidents, leases=NoLeases(), holder="replay"),
        )
        self._settings = [*settings_of(cursor.records)]

    async def run(self) -> None:
        """Replay to the end. Raises `Diverged`, `Missing` or `Defect` where that cannot be."""
        while (upcoming := self.cursor.next) is not None:
            self._managed()
            before = self.cursor.place
            place = f"#{upcoming.version} {upcoming.kind}"
            try:
                await self._go_on(upcoming)
            except ValueError as wrong:  # pydantic's: an event or arguments that are not taken any more
                got = f"it is not taken: {wrong}"[:400]
                raise Diverged(ReplayDifference(place=place, expected=f"{upcoming.data}"[:400], got=got)) from wrong
            if self.cursor.place == before:
                raise Diverged(
                    ReplayDifference(place=place, expected=f"{upcoming.data}"[:400], got="nothing was recorded")
                )

    async def stop(self) -> None:
        """Let go of calls that never ended."""
        tasks = [activity.task for activity in self._waiting if activity.task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.app.suite_runs.close()

    def _managed(self) -> None:
        """Put the settings in force that count from here on."""
        while self._settings and self._settings[0][0] <= self.cursor.place:
            _, read = self._settings.pop(0)
            managed = ManagedTarget(
                target=read.target,
                policy=read.policy,
                production=RecordedProduction(self.cursor),
                documents=self._files,
                signers=RecordedSigners(self.cursor),
                checkout=RecordedCheckout(self.cursor) if read.target.checkout else None,
            )
            self.app.incidents.managed_targets = {read.target.name: managed}
            self.app.incidents.senders = {name: RecordedSender() for name in read.destinations}
            self.app.incidents.page = read.approval_page
        if not self.app.incidents.managed_targets:
            raise Missing("under which settings the incident was handled was not recorded")

    async def _go_on(self, upcoming: Recorded) -> None:
        """Move whoever writes the next event."""
        if not upcoming.call:
            await self._follow(upcoming)
        elif upcoming.kind == e.CallReceived.kind:
            await self._begin(ReplayedCall(self._called(upcoming), self.cursor.calls[self.cursor.place]))
        else:
            # The newest of several: one whose process died may have been made again under its key.
            place = self.cursor.place
            there = [one for one in self._waiting if place in one.places] or [
                one for one in self._waiting if self.cursor.records[one.places[0]].call == upcoming.call
            ]
            if there:
                await self._move(there[-1])

    async def _follow(self, upcoming: Recorded) -> None:
        call = Call(tool="rollback", arguments={}, actor=upcoming.actor, incident=self.cursor.incident)
        command = command_of(self.cursor)
        if command is None:
            await self._watch(upcoming)
        else:
            try:
                await self.app.incidents.apply(Invocation(call=call, identity="", recorded=True), command)
            except Refused as no:
                self._not_allowed(upcoming, no)

    def _not_allowed(self, upcoming: Recorded, no: Refused) -> None:
        """Say that the rules refuse what the background recorded. Raises `Diverged`."""
        place = f"#{upcoming.version} {upcoming.kind}"
        got = f"refused ({no.code}): {no}"[:400]
        raise Diverged(ReplayDifference(place=place, expected=f"{upcoming.data}"[:400], got=got)) from no

    async def _watch(self, upcoming: Recorded) -> None:
        """Hand in a look of monitoring."""
        incidents = self.app.incidents
        incident = await incidents.incident(self.cursor.incident, fresh=False)
        look = look_of(self.cursor.turn_ahead(), incident, incidents.managed(incident.target))
        if look is None:
            await self._take_as_recorded(upcoming)
        else:
            await monitoring.record(incidents, incident, look)

    async def _take_as_recorded(self, upcoming: Recorded) -> None:
        """Go on behind an event of the background whose observation left no event."""
        self.cursor.taken.append(f"#{upcoming.version} {upcoming.kind}")
        self.cursor.place += 1
        await self.app.incidents.incident(self.cursor.incident)

    async def _called(self, record: Recorded) -> None:
        """Make the call that was received there."""
        received = e.event_as(e.CallReceived, record)
        call = Call(
            tool=received.tool,
            arguments=received.arguments,
            actor=record.actor,
            incident="" if _opens(received) else self.cursor.incident,
            key=received.key,
            account=received.account,
        )
        if (no := turned_away(self.cursor)) is not None:
            await self.app.incidents.refuse(call, no)
        else:
            await make(self.app, self.cursor, call)

    async def _begin(self, activity: ReplayedCall) -> None:
        """Let a call go on until it ends or must wait for others. Raises what it raises."""
        self.cursor.current, self.cursor.idle = activity, None
        try:
            with suppress(Died):
                activity.begin()
            if activity.waits:
                self._waiting.append(activity)
                if activity.wake is None:  # it waits for something else than its turn
                    await self._move(activity)
        finally:
            self.cursor.current = None

    async def _move(self, activity: ReplayedCall) -> None:
        """Let a call that waits go on until it ends or must wait for others."""
        cursor, task = self.cursor, activity.task
        if task is None:
            return
        cursor.current, cursor.idle = activity, asyncio.get_running_loop().create_future()
        idle = cursor.idle
        task.add_done_callback(lambda _task: _settle(idle))
        wake, activity.wake = activity.wake, None
        if wake is not None and not wake.done():
            wake.set_result(None)
        await idle
        cursor.current = None
        if task.done():
            self._waiting.remove(activity)
            with suppress(Died):
                task.result()


def _settle(idle: asyncio.Future[None]) -> None:
    if not idle.done():
        idle.set_result(None)


def _opens(received: e.CallReceived) -> bool:
    """Return True if a call opened the incident; one that joined it names it."""
    return received.tool == "open_incident" and "duplicate_of" not in received.arguments
