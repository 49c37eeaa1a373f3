"""Live pages: a stream that says that something changed, never what; the page then loads itself again.

Knows: server-sent events, and how many streams a person may hold. Must not know: what an event means.
Streams end when the process does, and after ten minutes; a browser opens another by itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flightrules.errors import Refused

if TYPE_CHECKING:
    from flightrules.state.log import Recorded

EACH = 4
"""Streams that one person may hold; their oldest one ends when they open another."""
ALL = 100
"""Streams of everybody together; one more is refused."""
LENGTH_S = 600.0
QUIET_S = 15.0
"""After so long without an event a comment is sent, so that no proxy ends the stream."""


@dataclass(eq=False)
class Stream:
    """One open stream."""

    name: str
    incident: str
    """The incident that it follows; empty for all of them."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    version: int = 0
    over: bool = False

    def wake(self, record: Recorded) -> None:
        """Tell the stream of an event that concerns it."""
        if record.stream.startswith("INC-") and self.incident in ("", record.stream):
            self.version = record.version
            self.woken.set()

    def end(self) -> None:
        """End the stream at once."""
        self.over = True
        self.woken.set()


class Streams:
    """All open streams of a process."""

    def __init__(self) -> None:
        self._open: list[Stream] = []
        self._ending = False

    def __len__(self) -> int:
        return len(self._open)

    def held_by(self, name: str) -> int:
        """Return how many streams a person holds."""
        return Counter(stream.name for stream in self._open)[name]

    def hear(self, record: Recorded) -> None:
        """Tell the streams of an event that is new in the log."""
        for stream in self._open:
            stream.wake(record)

    def end(self) -> None:
        """End all streams, and take no more: the process ends."""
        self._ending = True
        for stream in self._open:
            stream.end()

    def open(self, name: str, incident: str = "") -> Stream:
        """Open a stream for a person; their oldest makes room. Raises `Refused` if there are too many in all."""
        if self._ending or len(self._open) >= ALL:
            raise Refused("too_many_streams", "Too many pages are followed live.", "Load the page again to see news.")
        own = [stream for stream in self._open if stream.name == name]
        if len(own) >= EACH:
            self._open.remove(own[0])
            own[0].end()
        stream = Stream(name, incident)
        self._open.append(stream)
        return stream

    async def follow(
        self, stream: Stream, *, length_s: float = LENGTH_S, quiet_s: float = QUIET_S
    ) -> AsyncIterator[str]:
        """Yield what the stream sends, until it ends."""
        loop = asyncio.get_running_loop()
        until = loop.time() + length_s
        try:
            yield "retry: 2000\n\n"
            while not stream.over and (left := until - loop.time()) > 0:
                try:
                    await asyncio.wait_for(stream.woken.wait(), min(left, quiet_s))
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                stream.woken.clear()
                if not stream.over:
                    yield f"id: {stream.version}\nevent: changed\ndata: {stream.version}\n\n"
        finally:
            if stream in self._open:
                self._open.remove(stream)
