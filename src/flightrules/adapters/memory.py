"""Keeps ports.Store in memory: the twin for tests and trials, held to the same contract as the file.

Knows: lists. Must not know: what an event means.
Events are kept as JSON, so nobody can change one by holding on to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flightrules.adapters.words import words
from flightrules.errors import Conflict, Defect
from flightrules.ports import Write
from flightrules.state.log import GENESIS, Recorded, record


class MemoryStore:
    """The event store without a file."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now` is the time by which leases end."""
        self._now = now
        self._streams: dict[str, list[str]] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._leases: dict[str, tuple[str, datetime]] = {}

    async def append(self, *writes: Write) -> list[Recorded]:
        """Append all or nothing.

        Raises `Conflict` when a stream is no longer at its expected version.
        """
        streams = dict(self._streams)
        events = [event for write in writes for event in _place(write, streams)]
        self._streams = streams
        for write in writes:
            self._index(write)
        return events

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Events of a stream with a version above `after`, in order; an unknown stream has none."""
        return [Recorded.model_validate_json(text) for text in self._streams.get(stream, [])[max(after, 0) :]]

    async def find_call(self, stream: str, call: str) -> list[Recorded]:
        """Events of a stream that belong to one call, in order; the empty call has none."""
        return [event for event in await self.load(stream) if call and event.call == call]

    async def streams(self, prefix: str = "") -> list[str]:
        """Names of the streams that begin with `prefix`, oldest first."""
        return [name for name in self._streams if name.startswith(prefix)]

    def _index(self, write: Write) -> None:
        if write.words is not None:
            self._words.pop(write.stream, None)
            self._words[write.stream] = frozenset(words(write.words))

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        """Names of the streams found by any of these words, best match first; no word is an operator."""
        wanted = set(words(text))
        newest_first = [name for name in reversed(self._words) if wanted & self._words[name]]
        return sorted(newest_first, key=lambda name: -len(wanted & self._words[name]))[:limit]

    async def take(self, name: str, holder: str, *, for_s: float) -> bool:
        """Take a lease for so long, or make one's own last longer; False while another holder has it."""
        now = self._now()
        has, ends = self._leases.get(name, (holder, now))
        if has != holder and ends > now:
            return False
        self._leases[name] = (holder, now + timedelta(seconds=for_s))
        return True

    async def release(self, name: str, holder: str) -> None:
        """Let go of one's own lease; another holder's stays."""
        if self._leases.get(name, ("", None))[0] == holder:
            del self._leases[name]

    async def close(self) -> None:
        """Do nothing: there is no file."""


def _place(write: Write, streams: dict[str, list[str]]) -> list[Recorded]:
    kept = streams.get(write.stream, [])
    if write.expected is not None and len(kept) != write.expected:
        raise Conflict(write.stream, write.expected)
    previous = Recorded.model_validate_json(kept[-1]).hash if kept else GENESIS
    events: list[Recorded] = []
    try:
        for version, draft in enumerate(write.drafts, start=len(kept) + 1):
            events.append(record(draft, stream=write.stream, version=version, previous=previous))
            previous = events[-1].hash
        fresh = [event.model_dump_json() for event in events]
    except ValueError as error:
        raise Defect(f"an event for stream {write.stream} is not storable JSON: {error}") from error
    if fresh:
        streams[write.stream] = [*kept, *fresh]
    return events
