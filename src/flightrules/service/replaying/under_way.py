"""A replay under way: the recorded calls, one after the other as the log has them, through the service as it is.

Knows: who writes the next event. Must not know: what any call does, nor what becomes of a replay.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from flightrules.errors import Refused
from flightrules.service import monitoring
from flightrules.service.application import Application
from flightrules.service.desk import Desk
from flightrules.service.replaying.calls import made_by
from flightrules.service.replaying.following import command_of
from flightrules.service.replaying.keys import OWN, reused_key
from flightrules.service.replaying.looking import look_of
from flightrules.service.replaying.overtaken import Starts
from flightrules.service.replaying.production import RecordedProduction
from flightrules.service.replaying.rolling_back import (
    Asked,
    RecordedRollbacks,
    caller_of,
    is_part,
    part_of,
    roll_back,
    wait_for_the_end,
    waited,
)
from flightrules.service.replaying.settings import settings_of
from flightrules.service.replaying.signers import RecordedSigners
from flightrules.service.replaying.store import RecordedStore
from flightrules.service.replaying.testing_a_fix import RecordedSuites
from flightrules.service.replaying.track import (
    Activity,
    Died,
    Diverged,
    Missing,
    Track,
    Turn,
    is_follower,
)
from flightrules.service.replaying.turned_away import turned_away
from flightrules.service.replaying.world import (
    NoLeases,
    RecordedCheckout,
    RecordedClock,
    RecordedFiles,
    RecordedIds,
    RecordedKinds,
    RecordedSender,
)
from flightrules.service.turn import Call, Errand, Site
from flightrules.service.watching import Watching
from flightrules.state import events as e
from flightrules.state.archive.replays import Difference
from flightrules.state.log import Recorded

OPENED = e.IncidentOpened.kind


@dataclass(slots=True)
class Replaying:
    """One replay under way."""

    desk_kind: ClassVar[type[Desk]] = Desk
    track: Track
    starts: Starts = field(default_factory=dict)
    """Calls that begin elsewhere than where their first event stands."""
    app: Application = field(init=False)
    _files: RecordedFiles = field(init=False)
    _waiting: list[Activity] = field(default_factory=list)
    _asked: Asked = field(default_factory=Asked)
    _rollbacks: int = 0
    """How many rollbacks have begun."""
    _early: dict[int, list[int]] = field(default_factory=dict)
    """By the place at which they begin, the first events of calls that begin before."""
    _settings: list[tuple[int, e.SettingsRead]] = field(default_factory=list)
    """Where other settings begin to count, and which."""

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
            turns=partial(Turn, track),
            looks=None,
            spoken=self._spoken,
            beside=next((e.event_as(e.IncidentOpened, r).beside for r in track.records if r.kind == OPENED), ()),
        )
        self.app = Application(
            desk=desk,
            rollbacks=RecordedRollbacks(desk, track=track),
            suites=RecordedSuites(desk, track=track),
            watching=Watching(desk=desk, leases=NoLeases(), holder="replay"),
        )
        self._settings = [*settings_of(track.records)]
        track.begun = frozenset(track.records[first].call for first in self.starts)
        for first, start in self.starts.items():
            if start.account is not None:
                track.accounts[track.records[first].call] = start.account
            for place in {start.place, start.goes_on} - {first}:
                self._early.setdefault(place, []).append(first)
                track.stops.add(place)

    def _spoken(self) -> str:
        """Which incident spoke to the public for this one, by the next turn or what was recorded before."""
        kind = e.SpokenFor.kind
        ahead = next((record for record in self.track.turn_ahead() if record.kind == kind), None)
        told = ahead or self.track.earlier(lambda record: record.kind == kind)
        return e.event_as(e.SpokenFor, told).by if told else ""

    async def run(self) -> None:
        """Replay to the end. Raises `Diverged`, `Missing` or `Defect` where that cannot be."""
        while (upcoming := self.track.next) is not None:
            self._site()
            before = self.track.place
            place = f"#{upcoming.version} {upcoming.kind}"
            try:
                if self._early:
                    await self._begin_early()
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

    async def _begin_early(self) -> None:
        """Begin the calls that were on their way here and leave their first event later, and let them go on."""
        self.track.stops.discard(self.track.place)
        for number in self._early.pop(self.track.place, ()):
            start, first = self.starts[number], self.track.records[number]
            begun = next((one for one in self._waiting if one.first is first), None)
            if begun is None:
                begun = self._activity(first, goes_on=start.goes_on)
                begun.early, begun.reads_at_once = True, start.reads_at_once
                begun.decided_late = start.goes_on == number and begun.caller is None
                await self._begin(begun)
            else:
                await self._move(begun)

    async def _go_on(self, upcoming: Recorded) -> None:
        """Move whoever writes the next event."""
        waiting = self._awaited(upcoming)
        if waiting is not None:
            await self._move(waiting)
        elif is_follower(upcoming.actor):
            await self._let_wait()
            await self._follow(upcoming)
        elif (no := turned_away(self.track, upcoming)) is not None:
            await self.app.desk.refuse(self._call(e.event_as(e.CallReceived, upcoming), upcoming), no)
        else:
            await self._begin(self._activity(upcoming))

    def _awaited(self, upcoming: Recorded) -> Activity | None:
        """The call that waits for that event, the newest of several: clients that left wait for ever."""
        start = self.starts.get(self.track.place) if self.starts else None
        if start is not None:
            begun = start.place < self.track.place
            return next((one for one in self._waiting if begun and one.first is upcoming), None)
        return next((one for one in reversed(self._waiting) if one.wake and one.mine(upcoming)), None)

    def _activity(self, first: Recorded, *, goes_on: int | None = None) -> Activity:
        """The call, or the part of a rollback call, that leaves that event first."""
        track = self.track
        if not is_part(track, first):
            call, since = first.call, first.version  # one key may have belonged to a call before
            return Activity(self._called(first), lambda one: one.call == call and one.version >= since, first)
        caller = caller_of(track, first)
        work = roll_back(self.app, track, self._asked, caller, goes_on=goes_on)
        return Activity(work, part_of(track, first, caller), first, caller)

    async def _let_wait(self) -> None:
        """Once a rollback runs, let the calls come that wait for its end."""
        begun = bisect_left(self.track.starts, self.track.place)
        if begun == self._rollbacks:
            return
        self._rollbacks = begun
        there = [activity.caller for activity in self._waiting]
        for answer in waited(self.track):
            caller = caller_of(self.track, answer)
            if caller in there:
                there.remove(caller)
            else:
                work = wait_for_the_end(self.app, self.track, caller)
                await self._begin(Activity(work, lambda _record: False, answer, caller))

    async def _follow(self, upcoming: Recorded) -> None:
        call = Call(tool="rollback", arguments={}, actor=upcoming.actor, incident=self.track.incident)
        command = command_of(self.track)
        if command is None:
            await self._watch(upcoming)
        else:
            errand = Errand(call=call, identity=upcoming.call, recorded=True)
            try:
                await self.app.desk.apply(errand, command)
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

    async def _called(self, first: Recorded) -> None:
        """Make the call that writes that event."""
        ahead = (one for one in self.track.group(first.call) if one.version >= first.version)
        record = next((one for one in ahead if one.kind == e.CallReceived.kind), None)
        if record is None:
            raise Missing(f"#{first.version}: the call behind {first.kind} was not recorded")
        received = e.event_as(e.CallReceived, record)
        made = made_by(received.tool)
        if made is None:
            raise Missing(f"#{record.version}: nothing is known of the call {received.tool}")
        await made(self.app, self._call(received, record))

    def _call(self, received: e.CallReceived, record: Recorded) -> Call:
        return Call(
            tool=received.tool,
            arguments=received.arguments,
            actor=record.actor,
            incident="" if _opens(received) else self.track.incident,
            key=reused_key(self.track, record) if record.call.startswith(OWN) else record.call,
            account=received.account,
        )

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
    """Whether a call opened the incident; one that joined it names it."""
    return received.tool == "open_incident" and "duplicate_of" not in received.arguments
