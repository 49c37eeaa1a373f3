"""Tells listeners of this process which events are new in the log, whichever process wrote them.

Knows: that an event is heard once, when it is appended here or first read here. Must not know: who listens.
What another process wrote is heard when this one reads that log next, as the watch does four times a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flightrules.ports import EventStore, Write
from flightrules.service.store_around import StoreAround
from flightrules.state.log import Recorded

Listener = Callable[[Recorded], None]


class HeardStore(StoreAround):
    """The event store, with listeners."""

    def __init__(self, store: EventStore) -> None:
        super().__init__(store)
        self._heard: dict[str, int] = {}
        """The newest version of each stream that was heard, or was there before anybody listened."""
        self.listeners: list[Listener] = []

    async def append(self, *writes: Write) -> list[Recorded]:
        """Append all or nothing, and tell of it; see ports.EventStore."""
        records = await super().append(*writes)
        self._tell(records)
        return records

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Load, and tell of what others wrote; see ports.EventStore."""
        records = await super().load(stream, after=after)
        if stream in self._heard:
            self._tell(records)
        elif records:
            self._heard[stream] = records[-1].version
        return records

    def _tell(self, records: Iterable[Recorded]) -> None:
        for record in records:
            if record.version > self._heard.get(record.stream, 0):
                self._heard[record.stream] = record.version
                for listener in self.listeners:
                    listener(record)
