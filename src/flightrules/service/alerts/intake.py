"""Hears alerts and keeps their stream: what is news is on record before the sender is answered, all else is counted.

Knows: the stream of alerts, and that any process may write to it. Must not know: HTTP, nor what follows from an alert.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from flightrules.errors import Conflict, Unavailable
from flightrules.ports import Write
from flightrules.service.incident_service import TRIES, IncidentService
from flightrules.state import events as e
from flightrules.state.alerts.alert import Alert, bounded_key
from flightrules.state.alerts.book import STREAM, WRITTEN_EVERY, AlertBook, Key, heard
from flightrules.state.alerts.routing import Routing
from flightrules.state.log import Actor, Draft
from flightrules.state.vocabulary import ActorKind

INTAKE = Actor(kind=ActorKind.SYSTEM, name="alerts", face="server")
MOST_REPEATS = 500
"""Alerts whose repeats one event counts."""


class Taken(NamedTuple):
    """Result of one delivery."""

    news: int
    repeats: int


@dataclass(slots=True, kw_only=True)
class Intake:
    """The stream of alerts as this process knows it."""

    incidents: IncidentService
    routings: Mapping[str, Routing]
    """Rules of each source, by its name."""
    book: AlertBook = field(default_factory=AlertBook)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something to follow up."""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _repeats: dict[Key, tuple[int, datetime]] = field(default_factory=dict)
    _written_at: datetime | None = None
    """Time at which repeats were written down last."""

    async def hear(self, source: str, alerts: Sequence[Alert]) -> Taken:
        """Record what is news in a delivery, and count the rest. Raises `Unavailable` if the log takes nothing."""
        async with self._lock:
            news = await self._recorded(source, alerts)
        if any(one.target for one in news):
            self.wake.set()
        return Taken(len(news), len(alerts) - len(news))

    async def _recorded(self, source: str, alerts: Sequence[Alert]) -> list[e.AlertHeard]:
        if self.book.version == 0:
            await self._read()
        for _ in range(TRIES):
            now = self.incidents.clock.now()
            fresh, again = self._parted(source, alerts)
            news = [heard(source, one, self.routings[source], self.incidents.managed_targets, now) for one in fresh]
            if await self._appended([*news, *self._due(now)]):
                self._count(source, again, now)
                return news
        raise Unavailable("the log", "other processes keep writing alerts", "The sender tries again.")

    def _parted(self, source: str, alerts: Sequence[Alert]) -> tuple[list[Alert], list[Alert]]:
        """Alerts that are news, and those that repeat what is known or stand twice in the delivery."""
        fresh: list[Alert] = []
        again: list[Alert] = []
        states: dict[str, str] = {}
        for alert in alerts:
            key = bounded_key(alert.fingerprint)
            news = states[key] != alert.state if key in states else self.book.is_news(source, alert)
            (fresh if news else again).append(alert)
            states[key] = alert.state
        return fresh, again

    def _count(self, source: str, alerts: Sequence[Alert], now: datetime) -> None:
        for alert in alerts:
            key = (source, bounded_key(alert.fingerprint))
            self._repeats[key] = (self._repeats.get(key, (0, now))[0] + 1, now)

    def _due(self, now: datetime) -> list[e.AlertsRepeated]:
        """The repeats, if it is time to write them down."""
        if not self._repeats or (self._written_at is not None and now - self._written_at < WRITTEN_EVERY):
            return []
        every = [
            e.AlertRepeat(source=source, fingerprint=fingerprint, count=count, last_at=last_at)
            for (source, fingerprint), (count, last_at) in self._repeats.items()
        ]
        return [
            e.AlertsRepeated(repeats=tuple(every[first : first + MOST_REPEATS]))
            for first in range(0, len(every), MOST_REPEATS)
        ]

    async def _appended(self, events: Sequence[e.Event]) -> bool:
        """Append to the stream as it is known; False if another process was faster, and is read now."""
        if not events:
            return True
        drafts = [self._draft(event) for event in events]
        try:
            records = await self.incidents.store.append(Write(STREAM, self.book.version, drafts))
        except Conflict:
            await self._read()
            return False
        self.book.read(records)
        if any(isinstance(event, e.AlertsRepeated) for event in events):
            self._repeats.clear()
            self._written_at = self.incidents.clock.now()
        return True

    def _draft(self, event: e.Event) -> Draft:
        return event.draft(at=self.incidents.clock.now(), actor=INTAKE, call="")

    async def _read(self) -> None:
        self.book.read(await self.incidents.store.load(STREAM, after=self.book.version))

    async def refresh(self) -> None:
        """Read what others wrote, and write repeats down if it is time."""
        async with self._lock:
            await self._read()
            await self._appended(self._due(self.incidents.clock.now()))

    async def flush(self) -> None:
        """Write all repeats down, when this process ends."""
        async with self._lock:
            self._written_at = None
            await self._appended(self._due(self.incidents.clock.now()))

    async def append(self, event: e.Event) -> bool:
        """Append one event on what is known; False if that is no longer the newest, and must be looked at again."""
        async with self._lock:
            return await self._appended([event])
