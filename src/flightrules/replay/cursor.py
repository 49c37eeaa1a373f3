"""Position of a replay in the recorded log, and the call that is moved.

Knows: that the log says what happens next, and what each call had read by then. Must not know: what any call does.
Time is that of the next event of the call that is moved, ids are those that it names.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Coroutine, Generator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from flightrules.service.incident_service import ENDS
from flightrules.state import events as e
from flightrules.state.archive.replays import ReplayDifference
from flightrules.state.archive.sessions import Session
from flightrules.state.log import Recorded

E = TypeVar("E", bound=e.Event)


class Diverged(Exception):
    """The service did something else than is recorded."""

    def __init__(self, difference: ReplayDifference) -> None:
        super().__init__(f"{difference.place}: expected {difference.expected}, got {difference.got}")
        self.difference = difference


class Died(Exception):
    """The call got no further then: its process died, or its client left."""


class Missing(Exception):
    """The log does not hold an observation that the service asks for."""


class ReplayedCall:
    """A recorded call, made again."""

    def __init__(self, work: Coroutine[Any, Any, None], places: Sequence[int]) -> None:
        self.places = places
        """Places of its events in the log."""
        self.reads = 0
        """Number of reads since it wrote last."""
        self.task: asyncio.Task[None] | None = None
        """Task that goes on with it once it had to wait; most calls come to their end at once, and need none."""
        self.wake: asyncio.Future[None] | None = None
        self._work = work

    def begin(self) -> None:
        """Let it go on until it ends or waits. Raises what it raises."""
        try:
            waits_for = self._work.send(None)
        except StopIteration:
            return
        self.task = asyncio.ensure_future(_Rest(self._work, waits_for))

    @property
    def waits(self) -> bool:
        """Return True if it has not ended."""
        return self.task is not None and not self.task.done()


class _Rest:
    """Rest of a coroutine that began before it had a task."""

    def __init__(self, work: Coroutine[Any, Any, None], waits_for: object) -> None:
        self._work = work
        self._waits_for = waits_for

    def __await__(self) -> Generator[object, Any, None]:
        waits_for = self._waits_for
        with suppress(StopIteration):
            while True:
                try:
                    got = yield waits_for
                except BaseException as thrown:  # noqa: BLE001 - a cancellation, as a rule: it is the coroutine's to answer
                    waits_for = self._work.throw(thrown)
                else:
                    waits_for = self._work.send(got)


class LogCursor:
    """The recorded log, read from the beginning to the end."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.records = session.records
        self.incident = session.head.incident
        self.place = 0
        """Number of events that have been made again."""
        self.current: ReplayedCall | None = None
        self.idle: asyncio.Future[None] | None = None
        self.free: list[ReplayDifference] = []
        self.taken: list[str] = []
        """Events of the background that were taken as recorded."""
        self.calls: dict[int, list[int]] = {}
        """Places of the events of each call, by the place at which the call was received."""
        self.tools: dict[str, str] = {}
        self.of_call: dict[str, list[int]] = {}
        """Places of all events with the id of a call, which may be a key that was given more than once."""
        newest: dict[str, list[int]] = {}
        for number, record in enumerate(self.records):
            if record.kind == e.CallReceived.kind:
                self.tools[record.call] = str(record.data["tool"])
                newest[record.call] = self.calls[number] = []
            self.of_call.setdefault(record.call, []).append(number)
            if record.call in newest:
                newest[record.call].append(number)

    @property
    def next(self) -> Recorded | None:
        """The event that comes next."""
        return self.records[self.place] if self.place < len(self.records) else None

    @property
    def own_place(self) -> int:
        """Return the place at which the moved call writes next; in the background, the place of the log."""
        activity = self.current
        if activity is None:
            return self.place
        return next(iter(self._left(activity)), len(self.records))

    def _left(self, activity: ReplayedCall) -> Sequence[int]:
        """Return the places of the events that a call still writes."""
        return activity.places[bisect_left(activity.places, self.place) :]

    @property
    def own(self) -> Recorded | None:
        """The event that the call writes next."""
        place = self.own_place
        return self.records[place] if place < len(self.records) else None

    def now(self) -> datetime:
        """The time at which that event was recorded."""
        return self.records[min(self.own_place, len(self.records) - 1)].at

    def still(self) -> list[Recorded]:
        """Return the events that the call still writes; in the background, all that come in this turn."""
        activity = self.current
        return self.turn_ahead() if activity is None else [self.records[place] for place in self._left(activity)]

    def ahead(self, kind: type[E]) -> E | None:
        """The first event of a kind that the call still writes."""
        record = self.ahead_record(kind.kind)
        return e.event_as(kind, record) if record else None

    def ahead_record(self, kind: str) -> Recorded | None:
        """The record of that event."""
        return next((record for record in self.still() if record.kind == kind), None)

    def turn_ahead(self) -> list[Recorded]:
        """The events from here on that were recorded together with the next one."""
        turn: list[Recorded] = []
        for number in range(self.place, len(self.records)):
            record = self.records[number]
            if turn and not together(record, turn[0]):
                break
            turn.append(record)
        return turn

    def earlier(self, kind: str) -> Recorded | None:
        """The last record of a kind before here."""
        return next((self.records[n] for n in range(self.place - 1, -1, -1) if self.records[n].kind == kind), None)

    # -- what the call had read ----------------------------------------------------------------------------------------

    def _reads(self) -> Sequence[int]:
        """The versions that the call read before it wrote next, as far as they are on record."""
        place, found = self.own_place, list[int]()
        own = self.current.places if self.current else ()
        if place < len(self.records) and (record := self.records[place]).kind == e.CallReceived.kind:
            read = e.event_as(e.CallReceived, record).read
            found.append(place if read is None else read)
            place += 1
        # In a what-if the log may stand behind that event already.
        for number in (place, place - 1):
            if number in own and self.records[number].kind == e.LogRead.kind:
                return (*found, *e.event_as(e.LogRead, self.records[number]).versions)
        return found

    def read(self, default: int) -> int:
        """The version that the call reads now; the default if nobody wrote in between."""
        version = self.refused_at()
        if self.current is not None:
            self.current.reads += 1
        return default if version is None else version

    def refused_at(self) -> int | None:
        """The version on record for what the call reads next; if it decides now, it was refused at that version."""
        reads, number = self._reads(), self.current.reads if self.current else 0
        if number >= len(reads):
            return None
        return None if len(reads) == 1 and reads[0] == self.own_place else reads[number]

    # -- whose turn it is ----------------------------------------------------------------------------------------------

    async def turn(self) -> None:
        """Let others go on until the call that is moved writes the next event. Raises `Died` if it never did again."""
        activity = self.current
        if activity is None:
            return
        self.goes_on()
        while self.own_place != self.place:
            activity.wake = activity.wake or asyncio.get_running_loop().create_future()
            if self.idle is not None and not self.idle.done():
                self.idle.set_result(None)
            await activity.wake

    def goes_on(self) -> None:
        """Raise `Died` if the call that is moved never wrote anything again: nobody knows what it saw."""
        if self.current is not None and self.own is None:
            raise self._at_its_end(self.current)

    def _at_its_end(self, activity: ReplayedCall) -> Exception:
        last = self.records[activity.places[-1]]
        if last.kind not in ENDS:
            return Died()
        place = f"#{last.version} {last.kind}"
        return Diverged(ReplayDifference(place=place, expected="the end of the call", got="it goes on"))


def together(one: Recorded, other: Recorded) -> bool:
    """Return True if two events were recorded in one turn: by the same call at the same moment."""
    return (one.at, one.call) == (other.at, other.call) and bool(one.call or one.actor == other.actor)
