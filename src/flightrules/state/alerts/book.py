"""Alerts as their stream has them: each fingerprint with its state, and what still waits for an incident.

Knows: which delivery is news, which is a repeat, and how many incidents may be opened. Must not know: the store.
One stream holds the alerts of all sources, so that one fold knows what was opened over all targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from flightrules.state import events as e
from flightrules.state.alerts.alert import AHEAD_S, Alert, AlertState, ahead_s, bounded_key
from flightrules.state.alerts.routing import Routing
from flightrules.state.log import Recorded

STREAM = "alerts"

MOST_OPENED = 5
WITHIN = timedelta(minutes=10)
"""Intake opens at most `MOST_OPENED` incidents in this time, over all targets."""
WRITTEN_EVERY = timedelta(minutes=1)
"""Repeats are written down at most this often."""
FORGOTTEN_AFTER = timedelta(days=7)
"""So long a resolved alert is known: heard again later, it is heard for the first time."""

Key = tuple[str, str]
"""Source and fingerprint."""


class Known(NamedTuple):
    """Newest that is known of one fingerprint."""

    state: AlertState
    target: str
    title: str
    heard_at: datetime
    last_at: datetime
    repeats: int = 0


class Pending(NamedTuple):
    """Alerts of a target that have no incident yet, by the events that told of them."""

    first: int
    last: int
    heard_at: datetime


@dataclass(slots=True)
class AlertBook:
    """Fold of the stream of alerts."""

    version: int = 0
    known: dict[Key, Known] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    openings: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Key and time of the opening that a target was promised, until it is done."""
    opened_at: list[datetime] = field(default_factory=list)
    attend: dict[str, str] = field(default_factory=dict)
    """Incidents that were opened and are not yet attended to, with their targets."""
    newest: str = ""
    """The incident that was opened last."""
    told_waiting: bool = False
    """True if it was told that alerts wait, until none waits any more."""

    def read(self, records: Iterable[Recorded]) -> None:
        """Take in further events of the stream, in order."""
        for record in records:
            if record.version <= self.version:
                continue
            self.version = record.version
            self._take(e.event_in(record), record)

    def _take(self, event: e.Event, record: Recorded) -> None:
        if isinstance(event, e.AlertHeard):
            self._hear(event, record)
        elif isinstance(event, e.AlertsRepeated):
            for one in event.repeats:
                key = (one.source, one.fingerprint)
                if known := self.known.get(key):
                    self.known[key] = known._replace(repeats=known.repeats + one.count, last_at=one.last_at)
        elif isinstance(event, e.AlertOpening):
            self.openings[event.target] = (event.key, record.at)
            self.opened_at = [at for at in (*self.opened_at, record.at) if at > record.at - WITHIN]
        elif isinstance(event, e.AlertsPlaced):
            self._place(event)
        elif isinstance(event, e.AlertAttended):
            self.attend.pop(event.incident, None)
        elif isinstance(event, e.AlertsHeldBack):
            self.told_waiting = True

    def _hear(self, event: e.AlertHeard, record: Recorded) -> None:
        key = (event.source, event.fingerprint)
        before = self.known.pop(key, None)
        repeats = before.repeats if before else 0
        self.known[key] = Known(event.state, event.target, event.title, record.at, record.at, repeats)
        if event.target:
            waits = self.pending.get(event.target)
            first = waits or Pending(record.version, 0, record.at)
            self.pending[event.target] = first._replace(last=record.version)
        if len(self.known) > 1000 and record.version % 1000 == 0:  # noqa: PLR2004 - now and then
            self._forget(record.at)

    def _forget(self, now: datetime) -> None:
        over = [
            key for key, one in self.known.items() if one.state == "resolved" and now - one.last_at > FORGOTTEN_AFTER
        ]
        for key in over:
            del self.known[key]

    def _place(self, event: e.AlertsPlaced) -> None:
        waits = self.pending.get(event.target)
        if waits is not None and waits.last <= event.through:
            del self.pending[event.target]
        elif waits is not None:
            self.pending[event.target] = waits._replace(first=event.through + 1)
        self.openings.pop(event.target, None)
        self.told_waiting = self.told_waiting and bool(self.pending)
        if event.opened:
            self.newest = event.incident
            self.attend[event.incident] = event.target

    def is_news(self, source: str, alert: Alert) -> bool:
        """Return True for the first delivery of a fingerprint and for a change of its state."""
        known = self.known.get((source, bounded_key(alert.fingerprint)))
        return known is None or known.state != alert.state

    def may_open(self, now: datetime) -> bool:
        """Return True if intake may open a further incident now."""
        return sum(1 for at in self.opened_at if at > now - WITHIN) < MOST_OPENED

    def unmatched(self) -> list[tuple[Key, Known]]:
        """Alerts that no rule gave a target and that are not over, newest first."""
        return sorted(
            ((key, one) for key, one in self.known.items() if not one.target and one.state == "firing"),
            key=lambda item: item[1].last_at,
            reverse=True,
        )


def heard(source: str, alert: Alert, routing: Routing, targets: Collection[str], now: datetime) -> e.AlertHeard:
    """The event of an alert that is news."""
    labels = dict(alert.labels)
    clean = alert.cleaned()
    ahead = ahead_s(alert.starts_at, now)
    return e.AlertHeard(
        source=source,
        fingerprint=clean.fingerprint,
        state=clean.state,
        title=clean.title,
        description=clean.description,
        labels=clean.labels,
        starts_at=clean.starts_at,
        ends_at=clean.ends_at,
        url=clean.url,
        unnamed=clean.unnamed,
        ahead_s=ahead if ahead >= AHEAD_S else 0,
        target=routing.target_of(labels, targets),
        severity=routing.severity_of(labels) if alert.state == "firing" else None,
    )
