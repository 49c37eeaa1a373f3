"""The log of a replay: takes an event only where it is the one that was recorded, and holds each beside it.

Knows: what was recorded. Must not know: why an event was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import dropwhile

from flightrules.errors import Conflict
from flightrules.ports import Write
from flightrules.service.desk import SERVER_STREAM
from flightrules.service.replaying.rolling_back import is_said
from flightrules.service.replaying.track import ENDS, Died, Diverged, Track
from flightrules.state import events as e
from flightrules.state.archive.replays import Difference, differences
from flightrules.state.log import Draft, Recorded, placed


def is_condemning(record: Recorded, incident: str) -> bool:
    """Whether a record says what monitoring of that incident made of a release."""
    return not record.call and record.kind == e.ReleaseObserved.kind and record.data.get("by") == incident


def since_opened(records: Iterable[Recorded], incident: str) -> Iterator[Recorded]:
    """Of what one call left in the server's stream what opened the incident: its key may have been given before."""
    return dropwhile(lambda record: record.data.get("incident") != incident, records)


def _rested_on(track: Track) -> Iterator[Recorded]:
    """What stands in other streams; older sessions hold what their opening's key was given for before, too."""
    there = track.session.context
    yield from (record for record in there if record.stream != SERVER_STREAM)
    yield from since_opened((record for record in there if record.stream == SERVER_STREAM), track.incident)


class RecordedStore:
    """Keeps ports.EventStore over a recorded log. What it gives back are the recorded events themselves."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._elsewhere: dict[tuple[str, str], list[Recorded]] = {}
        own = track.of_call.keys() - {""}
        self._standing: list[Recorded] = []
        """Of the target's stream, what others wrote."""
        for record in _rested_on(track):
            if record.call in own or is_condemning(record, track.incident):
                self._elsewhere.setdefault((record.stream, record.call), []).append(record)
            else:
                self._standing.append(record)
        self._written: list[Recorded] = []

    async def append(self, *writes: Write) -> list[Recorded]:
        """Hold each event beside the recorded one, once it is the call's turn.

        Raises `Diverged` at the first that is another, and `Conflict` where others wrote meanwhile.
        """
        track, first = self._track, writes[0]
        if first.stream == track.incident and first.drafts:
            if track.died(first.drafts[0].call):
                raise Died
            if not track.is_its_turn:
                await self._wait(first)
        taken: list[Recorded] = []
        for write in writes:
            own = write.stream == track.incident
            taken += self._take(write.drafts) if own else self._take_elsewhere(write)
        if track.current is not None and taken:
            track.current.ended = taken[-1].kind in ENDS
        return taken

    async def _wait(self, write: Write) -> None:
        """Let others write until it is this call's turn: then it has lost the race, and is decided anew."""
        if self._track.current is not None and self._track.current.ended:
            raise self._too_much(write.drafts[0])
        await self._track.turn()
        raise Conflict(write.stream, write.expected or 0)

    def _take(self, drafts: Sequence[Draft]) -> list[Recorded]:
        track, first = self._track, self._track.place
        for draft in drafts:
            record = track.next
            if record is None:
                raise self._too_much(draft)
            self._compare(record, draft)
            track.place += 1
        return list(track.records[first : track.place])

    def _too_much(self, draft: Draft) -> Diverged:
        what = f"{draft.kind} {draft.data}"[:400]
        return Diverged(Difference(place=f"#{self._track.place + 1}", expected="nothing more", got=what))

    def _compare(self, record: Recorded, draft: Draft) -> None:
        for difference in differences(record, draft):
            if not difference.free:
                raise Diverged(difference)
            self._track.free.append(difference)

    def _take_elsewhere(self, write: Write) -> list[Recorded]:
        taken: list[Recorded] = []
        for draft in write.drafts:
            left = self._elsewhere.get((write.stream, draft.call), [])
            if not left and not draft.call:
                continue  # what monitoring said of a release was no part of older sessions
            if not left:
                what = f"{draft.kind} {draft.data}"[:400]
                raise Diverged(Difference(place=f"{write.stream} {draft.kind}", expected="nothing", got=what))
            record = left.pop(0)
            self._compare(record, draft)
            taken.append(record)
        self._written += taken
        return taken

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """The events of a stream as they stood then."""
        if stream == self._track.incident:
            return list(self._track.records[max(after, 0) : self._track.place])
        if stream.startswith("target:"):
            await self._its_turn_to_read()
        now, own = self._track.now(), self._next_own(stream)
        known = (r for r in (*self._standing, *self._written) if r.stream == stream)
        there = [r for r in known if self._is_there(r, own, now)]
        observed = self._observed(stream)
        if observed is not None:  # among them are those that this incident's own calls made
            there = [record for record in there if record.kind != e.ReleaseObserved.kind]
        return [*sorted(there, key=lambda record: record.version), *(observed or ())]

    async def _its_turn_to_read(self) -> None:
        """Let others go on while a rollback, which has its plan then, reads what was approved in advance."""
        activity = self._track.current
        if activity is None or activity.caller is None or activity.early:
            return
        usual, track = activity.mine, self._track

        def mine(record: Recorded) -> bool:
            return usual(record) and not is_said(record) and not track.ahead_record(e.PlanProposed.kind, record.call)

        await track.turn(mine=mine)

    def _is_there(self, record: Recorded, own: Recorded | None, now: datetime) -> bool:
        """Whether a record came before now: by its time, and by its version too, since clocks are set back."""
        if own is not None and record.version > own.version:
            return False
        set_back = own is not None and record.at > own.at
        granted = record.kind == e.StandingGranted.kind and record.at > self._track.records[-1].at
        return record.at <= now or set_back or granted

    def _next_own(self, stream: str) -> Recorded | None:
        """What this incident writes next there."""
        own = (left[0] for (name, _), left in self._elsewhere.items() if name == stream and left)
        return min(own, key=lambda record: record.version, default=None)

    def _observed(self, stream: str) -> list[Recorded] | None:
        """What was seen of a target's releases, where an assessment asks for it: that kept it whole."""
        read = self._track.ahead(e.HistoryRead) if stream.startswith("target:") else None
        upcoming = self._track.own
        if read is None or upcoming is None:
            return None
        made: list[Recorded] = []
        for number, seen in enumerate(read.history.observations, start=1):
            event = e.ReleaseObserved(
                release=seen.release, healthy=seen.healthy, by=seen.by, errors_per_minute=seen.errors_per_minute
            )
            draft = event.draft(at=seen.at, actor=upcoming.actor, call="")
            made.append(placed(draft, stream=stream, version=number))
        return made

    async def find_call(self, stream: str, call: str) -> list[Recorded]:
        """The events of one call so far."""
        if stream != self._track.incident or not call:
            return []
        numbers = self._track.of_call.get(call, [])
        return [self._track.records[number] for number in numbers if number < self._track.place]

    async def streams(self, prefix: str = "") -> list[str]:
        """The one incident."""
        return [self._track.incident] if self._track.place and self._track.incident.startswith(prefix) else []

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        """Nobody searches in a replay."""
        del text, limit
        return []

    async def close(self) -> None:
        """Nothing is open."""
