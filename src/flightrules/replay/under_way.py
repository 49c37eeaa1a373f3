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
from flightrules.replay.desk import RecordedDesk
from flightrules.replay.following import command_of
from flightrules.replay.looking import look_of
from flightrules.replay.production import RecordedProduction
from flightrules.replay.rolling_back import RecordedRollbacks
from flightrules.replay.settings import settings_of
from flightrules.replay.signers import RecordedSigners
from flightrules.replay.store import RecordedStore
from flightrules.replay.testing_a_fix import RecordedSuites
from flightrules.replay.track import Activity, Died, Diverged, Missing, Track
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
from flightrules.service.turn import Call, Errand, Site
from flightrules.service.watching import Watching
from flightrules.state import events as e
from flightrules.state.archive.replays import Difference
from flightrules.state.log import Recorded


@dataclass(slots=True)
class Replaying:
    """One replay under way."""

    desk_kind: ClassVar[type[RecordedDesk]] = RecordedDesk
    track: Track
    app: Application = field(init=False)
    _files: RecordedFiles = field(init=False)
    _waiting: list[Activity] = field(default_factory=list)
    _settings: list[tuple[int, e.SettingsRead]] = field(default_factory=list)
    """Places at which other settings begin to count, and those settings."""

    def __post_init__(self) -> None:
        """Wire the service on the recorded world."""
        track = self.track
        self._files = RecordedFiles(track)
        desk = self.desk_kind(
            store=RecordedStore(track),
            clock=RecordedClock(track),
            ids=RecordedIds(track),
            sites={},
            outbox=self._files,
            kinds=RecordedKinds(),
            track=track,
        )
        self.app = Application(
            desk=desk,
            rollbacks=RecordedRollbacks(desk),
            suites=RecordedSuites(desk, track=track),
            watching=Watching(desk=desk, leases=NoLeases(), holder="replay"),
        )
        self._settings = [*settings_of(track.records)]

    async def run(self) -> None:
        """Replay to the end. Raises `Diverged`, `Missing` or `Defect` where that cannot be."""
        while (upcoming := self.track.next) is not None:
            self._site()
            before = self.track.place
            place = f"#{upcoming.version} {upcoming.kind}"
            try:
                await self._go_on(upcoming)
            except ValueError as wrong:  # pydantic's: an event or arguments that are not taken any more
                got = f"it is not taken: {wrong}"[:400]
                raise Diverged(Difference(place=place, expected=f"{upcoming.data}"[:400], got=got)) from wrong
            if self.track.place == before:
                raise Diverged(Difference(place=place, expected=f"{upcoming.data}"[:400], got="nothing was recorded"))

    async def stop(self) -> None:
        """Let go of calls that never ended."""
        tasks = [activity.task for activity in self._waiting if activity.task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.app.suites.close()

    def _site(self) -> None:
        """Put the settings in force that count from here on."""
        while self._settings and self._settings[0][0] <= self.track.place:
            _, read = self._settings.pop(0)
            site = Site(
                target=read.target,
                policy=read.policy,
                production=RecordedProduction(self.track),
                documents=self._files,
                signers=RecordedSigners(self.track),
                checkout=RecordedCheckout(self.track) if read.target.checkout else None,
            )
            self.app.desk.sites = {read.target.name: site}
            self.app.desk.senders = {name: RecordedSender() for name in read.destinations}
            self.app.desk.page = read.approval_page
        if not self.app.desk.sites:
            raise Missing("under which settings the incident was handled was not recorded")

    async def _go_on(self, upcoming: Recorded) -> None:
        """Move whoever writes the next event."""
        if not upcoming.call:
            await self._follow(upcoming)
        elif upcoming.kind == e.CallReceived.kind:
            await self._begin(Activity(self._called(upcoming), self.track.calls[self.track.place]))
        else:
            # The newest of several: one whose process died may have been made again under its key.
            place = self.track.place
            there = [one for one in self._waiting if place in one.places] or [
                one for one in self._waiting if self.track.records[one.places[0]].call == upcoming.call
            ]
            if there:
                await self._move(there[-1])

    async def _follow(self, upcoming: Recorded) -> None:
        call = Call(tool="rollback", arguments={}, actor=upcoming.actor, incident=self.track.incident)
        command = command_of(self.track)
        if command is None:
            await self._watch(upcoming)
        else:
            try:
                await self.app.desk.apply(Errand(call=call, identity="", recorded=True), command)
            except Refused as no:
                place = f"#{upcoming.version} {upcoming.kind}"
                told = Difference(
                    place=place, expected=f"{upcoming.data}"[:400], got=f"refused ({no.code}): {no}"[:400]
                )
                raise Diverged(told) from no

    async def _watch(self, upcoming: Recorded) -> None:
        """Hand in a look of monitoring."""
        desk = self.app.desk
        incident = await desk.incident(self.track.incident, fresh=False)
        look = look_of(self.track.turn_ahead(), incident, desk.site(incident.target))
        if look is None:
            await self._take_as_recorded(upcoming)
        else:
            await monitoring.record(desk, incident, look)

    async def _take_as_recorded(self, upcoming: Recorded) -> None:
        """Go on behind an event of the background whose observation left no event."""
        self.track.taken.append(f"#{upcoming.version} {upcoming.kind}")
        self.track.place += 1
        await self.app.desk.incident(self.track.incident)

    async def _called(self, record: Recorded) -> None:
        """Make the call that was received there."""
        received = e.event_as(e.CallReceived, record)
        call = Call(
            tool=received.tool,
            arguments=received.arguments,
            actor=record.actor,
            incident="" if _opens(received) else self.track.incident,
            key=received.key,
            account=received.account,
        )
        if (no := turned_away(self.track)) is not None:
            await self.app.desk.refuse(call, no)
        else:
            await make(self.app, self.track, call)

    async def _begin(self, activity: Activity) -> None:
        """Let a call go on until it ends or must wait for others. Raises what it raises."""
        self.track.current, self.track.idle = activity, None
        try:
            with suppress(Died):
                activity.begin()
            if activity.waits:
                self._waiting.append(activity)
                if activity.wake is None:  # it waits for something else than its turn
                    await self._move(activity)
        finally:
            self.track.current = None

    async def _move(self, activity: Activity) -> None:
        """Let a call that waits go on until it ends or must wait for others."""
        track, task = self.track, activity.task
        if task is None:
            return
        track.current, track.idle = activity, asyncio.get_running_loop().create_future()
        idle = track.idle
        task.add_done_callback(lambda _task: _settle(idle))
        wake, activity.wake = activity.wake, None
        if wake is not None and not wake.done():
            wake.set_result(None)
        await idle
        track.current = None
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
