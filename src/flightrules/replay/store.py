"""The log of a replay: takes an event only if it is the one that was recorded, and holds each beside it.

Knows: what was recorded. Must not know: why an event was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flightrules.errors import Conflict
from flightrules.ports import Write
from flightrules.replay.cursor import Diverged, LogCursor
from flightrules.service.incident_service import SERVER_STREAM
from flightrules.state import events as e
from flightrules.state.archive.replays import ReplayDifference, differences
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

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor
        self._elsewhere: dict[tuple[str, str], list[Recorded]] = {}
        own = {record.call for record in cursor.records} - {""}
        context = cursor.session.context
        there = [record for record in context if record.stream != SERVER_STREAM]
        there += since_opened((record for record in context if record.stream == SERVER_STREAM), cursor.incident)
        for record in there:
            if record.call in own or is_condemning(record, cursor.incident):
                self._elsewhere.setdefault((record.stream, record.call), []).append(record)

    async def append(self, *writes: Write) -> list[Recorded]:
        """Hold each event beside the recorded one.

        Raises `Diverged` at the first that is another, and `Conflict` if others wrote meanwhile.
        """
        cursor = self._cursor
        if writes[0].stream == cursor.incident and cursor.own_place != cursor.place:
            await cursor.turn()
            raise Conflict(writes[0].stream, writes[0].expected or 0)
        taken: list[Recorded] = []
        for write in writes:
            own = write.stream == cursor.incident
            taken += self._take(write.drafts) if own else self._take_elsewhere(write)
        if cursor.current is not None:
            cursor.current.reads = 0
        return taken

    def _take(self, drafts: Sequence[Draft]) -> list[Recorded]:
        cursor, first = self._cursor, self._cursor.place
        for draft in drafts:
            record = cursor.next
            if record is None:
                what = f"{draft.kind} {draft.data}"[:400]
                raise Diverged(ReplayDifference(place=f"#{cursor.place + 1}", expected="nothing more", got=what))
            self._compare(record, draft)
            cursor.place += 1
        return list(cursor.records[first : cursor.place])

    def _compare(self, record: Recorded, draft: Draft) -> None:
        for difference in differences(record, draft):
            if not difference.free:
                raise Diverged(difference)
            self._cursor.free.append(difference)

    def _take_elsewhere(self, write: Write) -> list[Recorded]:
        taken: list[Recorded] = []
        for draft in write.drafts:
            left = self._elsewhere.get((write.stream, draft.call), [])
            if not left and not draft.call:
                continue  # what monitoring said of a release was no part of older sessions
            if not left:
                what = f"{draft.kind} {draft.data}"[:400]
                raise Diverged(ReplayDifference(place=f"{write.stream} {draft.kind}", expected="nothing", got=what))
            record = left.pop(0)
            self._compare(record, draft)
            taken.append(record)
        return taken

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """The incident's events as they stood then, and what an assessment kept of the target's."""
        if stream == self._cursor.incident:
            return list(self._cursor.records[max(after, 0) : self._cursor.place])
        read = self._cursor.ahead(e.HistoryRead) if stream.startswith("target:") else None
        upcoming = self._cursor.own
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
        if stream != self._cursor.incident or not call:
            return []
        numbers = self._cursor.of_call.get(call, [])
        return [self._cursor.records[number] for number in numbers if number < self._cursor.place]

    async def streams(self, prefix: str = "") -> list[str]:
        """The one incident."""
        return [self._cursor.incident] if self._cursor.place and self._cursor.incident.startswith(prefix) else []

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        """Nobody searches in a replay."""
        del text, limit
        return []

    async def close(self) -> None:
        """Nothing is open."""
