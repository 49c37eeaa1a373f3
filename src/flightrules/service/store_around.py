"""An event store that stands around another and passes every call on.

Knows: the port. Must not know: anything about the events. What a store adds, it adds in the methods it overrides.
"""

from __future__ import annotations

from flightrules.ports import EventStore, Write
from flightrules.state.log import Recorded


class StoreAround:
    """The event store, as it is."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def append(self, *writes: Write) -> list[Recorded]:
        """See ports.EventStore."""
        return await self._store.append(*writes)

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """See ports.EventStore."""
        return await self._store.load(stream, after=after)

    async def find_call(self, stream: str, call: str) -> list[Recorded]:
        """See ports.EventStore."""
        return await self._store.find_call(stream, call)

    async def streams(self, prefix: str = "") -> list[str]:
        """See ports.EventStore."""
        return await self._store.streams(prefix)

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        """See ports.EventStore."""
        return await self._store.search(text, limit=limit)

    async def close(self) -> None:
        """See ports.EventStore."""
        await self._store.close()
