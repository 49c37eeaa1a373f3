"""The log of a replay: takes an event only if it is the one that was recorded, and holds each beside it.

Knows: what was recorded. Must not know: why an event was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flightrules.errors import Conflict
from flightrules.ports import Write
from flightrules.replay.track import Diverged, Track
from flightrules.service.desk import SERVER_STREAM
from flightrules.state import events as e
from flightrules.state.archive.replays import Difference, differences
from flightrules.state.log import Draft, Recorded, placed


def is_condemning(record: Recorded, incident: str) -> bool:
    """Return True if a record says what monitoring of that incident made of a release."""
    return not record.call and record.kind == e.ReleaseObserved.kind and record.data.get("by") == incident


def since_opened(records: Iterable[Recorded], incident: str) -> list[Recorded]:
    """Return the records that opened the incident, of those under one key, which may have been given before."""
    there = [*records]
    first = next((n for n, record in enumerate(there) if record.data.get("incident") == incident), len(there))
    if first and first < len(there) and there[first - 1].kind == e.CallReceived.kind:
        first -= 1
    return there[first:]


class RecordedStore:
    """Keeps ports.EventStore over a recorded log. What it gives back are the recorded events themselves."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._elsewhere: dict[tuple[str, str], list[Recorded]] = {}
        own = {record.call for record in track.records} - {""}
        context = track.session.context
        there = [record for record in context if record.stream != SERVER_STREAM]
        there += since_opened((record for record in context if record.stream == SERVER_STREAM), track.incident)
        for record in there:
            if record.call in own or is_condemning(record, track.incident):
                self._elsewhere.setdefault((record.stream, record.call), []).append(record)

    async def append(self, *writes: Write) -> list[Recorded]:
        """Hold each event beside the recorded one.

        Raises `Diverged` at the first that is another, and `Conflict` if others wrote meanwhile.
        """
        track = self._track
        if writes[0].stream == track.incident and track.own_place != track.place:
            await track.turn()
            raise Conflict(writes[0].stream, writes[0].expected or 0)
        taken: list[Recorded] = []
        for write in writes:
            own = write.stream == track.incident
            taken += self._take(write.drafts) if own else self._take_elsewhere(write)
        if track.current is not None:
            track.current.reads = 0
        return taken

    def _take(self, drafts: Sequence[Draft]) -> list[Recorded]:
        track, first = self._track, self._track.place
        for draft in drafts:
            record = track.next
            if record is None:
                what = f"{draft.kind} {draft.data}"[:400]
                raise Diverged(Difference(place=f"#{track.place + 1}", expected="nothing more", got=what))
            self._compare(record, draft)
            track.place += 1
        return list(track.records[first : track.place])

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
        return taken

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """The incident's events as they stood then, and what an assessment kept of the target's."""
        if stream == self._track.incident:
            return list(self._track.records[max(after, 0) : self._track.place])
        read = self._track.ahead(e.HistoryRead) if stream.startswith("target:") else None
        upcoming = self._track.own
        if read is None or upcoming is None:
            return []
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
