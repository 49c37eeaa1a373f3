"""Where a replay stands in the recorded log, and whose turn it is.

Knows: that the log says what happens next, and that one call at a time is moved. Must not know: what any call does.
Time is that of the next recorded event, ids are those that it names: whoever writes that event had just read them.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from flightrules.state import events as e
from flightrules.state.archive.replays import Difference
from flightrules.state.archive.sessions import Session
from flightrules.state.log import Actor, Recorded
from flightrules.state.vocabulary import ActorKind

E = TypeVar("E", bound=e.Event)


class Diverged(Exception):
    """The service did something else than is recorded."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(f"{difference.place}: expected {difference.expected}, got {difference.got}")
        self.difference = difference


class Died(Exception):
    """The call got no further then: its process died, or its client left."""


class Missing(Exception):
    """The log does not hold an observation that the service asks for."""


class Caller(NamedTuple):
    """Who calls, and for whom: two people's clients may have one name."""

    actor: Actor
    account: str


class Activity:
    """A call on its way, which other calls may overtake."""

    def __init__(
        self,
        work: Coroutine[Any, Any, None],
        mine: Callable[[Recorded], bool],
        first: Recorded,
        caller: Caller | None = None,
    ) -> None:
        self.mine = mine
        """Whether it is this call that writes that event."""
        self.first = first
        """The event that it leaves first."""
        self.caller = caller
        """Who made it, where it is a rollback's."""
        self.early = False
        """Whether it began before others, and reads the log where it stands."""
        self.decided_late = False
        """Whether it is decided only when its turn has come, whatever it read."""
        self.reads_at_once = False
        """Whether it reads hosts where it stands, and not only when its turn has come."""
        self.ended = False
        """Whether it has written its answer."""
        self.task: asyncio.Task[None] | None = None
        """What goes on with it once it had to wait; most calls come to their end at once, and need none."""
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
        """Whether it has not ended."""
        return self.task is not None and not self.task.done()


class _Rest:
    """What is left of a coroutine that began before it had a task."""

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


class Track:
    """The recorded log, read from the beginning to the end."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.records = session.records
        self.incident = session.head.incident
        self.place = 0
        """How many events have been made again."""
        self.current: Activity | None = None
        self.idle: asyncio.Future[None] | None = None
        self.free: list[Difference] = []
        self.taken: list[str] = []
        """Events of the background that were taken as recorded."""
        self.begun: frozenset[str] = frozenset()
        """Parts of rollback calls that are known to begin a call of their own."""
        self.accounts: dict[str, str] = {}
        """For whom parts of rollback calls were made that do not tell."""
        self.stops: set[int] = set()
        """Where others have to be let go on before anybody writes."""
        self.starts = [n for n, record in enumerate(self.records) if record.kind == e.RollbackStarted.kind]
        """Where rollbacks begin."""
        self.of_call: dict[str, list[int]] = {}
        self.tools: dict[str, str] = {}
        for number, record in enumerate(self.records):
            self.of_call.setdefault(record.call, []).append(number)
            if record.kind == e.CallReceived.kind:
                self.tools[record.call] = str(record.data["tool"])

    @property
    def next(self) -> Recorded | None:
        """The event that comes next."""
        return self.records[self.place] if self.place < len(self.records) else None

    def belongs_elsewhere(self, record: Recorded, first: Recorded) -> bool:
        """Whether an event is known to begin another call than the one that left that event first."""
        return record.call in self.begun and record.call != first.call

    @property
    def own(self) -> Recorded | None:
        """The event that the current call writes next; the next of all where no call is under way."""
        activity, upcoming = self.current, self.next
        if activity is None or upcoming is None or activity.mine(upcoming):
            return upcoming
        return self.later(activity.mine)

    @property
    def is_its_turn(self) -> bool:
        """Whether the next event is the current call's; what follows in the background is no call."""
        activity, upcoming = self.current, self.next
        if activity is None or upcoming is None:
            return activity is None
        return activity.mine(upcoming) and self.place not in self.stops

    def now(self) -> datetime:
        """The time at which the next event was recorded."""
        return self.records[min(self.place, len(self.records) - 1)].at

    def ahead(self, kind: type[E], call: str | None = None) -> E | None:
        """The first event of a kind that the current call, or that call, still writes."""
        record = self.ahead_record(kind.kind, call)
        return e.event_as(kind, record) if record else None

    def ahead_record(self, kind: str, call: str | None = None) -> Recorded | None:
        """The record of that event."""
        if call is None:
            upcoming = self.own
            if upcoming is None:
                return None
            call = upcoming.call
        for record in self.group(call):
            if record.kind == kind:
                return record
        return None

    def group(self, call: str) -> list[Recorded]:
        """What a call still writes, from here on."""
        numbers, records = self.of_call.get(call, []), self.records
        return [records[number] for number in numbers[bisect_left(numbers, self.place) :]]

    def turn_ahead(self) -> list[Recorded]:
        """The events from here on that were recorded together with the next one."""
        turn: list[Recorded] = []
        for number in range(self.place, len(self.records)):
            record = self.records[number]
            if turn and not together(record, turn[0]):
                break
            turn.append(record)
        return turn

    def later(self, holds: Callable[[Recorded], bool]) -> Recorded | None:
        """The first record from here on of which that holds."""
        return next((self.records[n] for n in range(self.place, len(self.records)) if holds(self.records[n])), None)

    def earlier(self, holds: Callable[[Recorded], bool]) -> Recorded | None:
        """The last record before here of which that holds."""
        return next((self.records[n] for n in range(self.place - 1, -1, -1) if holds(self.records[n])), None)

    def died(self, call: str) -> bool:
        """Whether a call has written all it ever wrote, and was never answered."""
        numbers = self.of_call.get(call, [])
        if not numbers or numbers[-1] >= self.place or call not in self.tools:
            return False
        return not any(self.records[number].kind in ENDS for number in numbers)

    async def turn(self, *, mine: Callable[[Recorded], bool] | None = None) -> None:
        """Let others go on until the current call writes the next event; a call that died waits for ever."""
        activity = self.current
        if activity is None:
            raise Missing("the log ends within a call that went on")
        wanted = mine or activity.mine
        while (upcoming := self.next) is None or not wanted(upcoming) or self.place in self.stops:
            usual, activity.mine = activity.mine, wanted
            activity.wake = activity.wake or asyncio.get_running_loop().create_future()
            if self.idle is not None and not self.idle.done():
                self.idle.set_result(None)
            await activity.wake
            activity.mine = usual


class Turn:
    """Takes the place of the lock in which a call is decided: the log says whose turn it is."""

    def __init__(self, track: Track) -> None:
        self._track = track

    async def __aenter__(self) -> None:
        activity = self._track.current
        if activity is not None and activity.decided_late:
            await self._track.turn()

    async def __aexit__(self, *_how: object) -> None:
        """Nobody waits for it."""


def together(one: Recorded, other: Recorded) -> bool:
    """Whether two events were recorded in one turn: by the same call at the same moment."""
    return (one.at, one.actor, one.call) == (other.at, other.actor, other.call)


ENDS = frozenset({e.CallAnswered.kind, e.CallRefused.kind, e.CallFailed.kind})
"""What every call ends with that gets to its end."""


def is_follower(actor: Actor) -> bool:
    """Whether an event was written by what follows a rollback in the background."""
    return actor.kind is ActorKind.SYSTEM
