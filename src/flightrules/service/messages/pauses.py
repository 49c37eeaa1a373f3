"""Pauses that receivers asked for (`Retry-After`), by destination: they concern every incident.

Knows: when each was asked for, and for how long. Must not know: what waits there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flightrules.state import events as e
from flightrules.state.log import Recorded


@dataclass(slots=True)
class Pauses:
    """The last pause of each destination."""

    _asked: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """The time at which a pause was asked for, and its end."""

    def asked(self, to: str, at: datetime, wait_s: int) -> None:
        """Keep the pause that ends last."""
        until = at + timedelta(seconds=wait_s)
        if to not in self._asked or until > self._asked[to][1]:
            self._asked[to] = (at, until)

    def learn(self, outbox: Iterable[Recorded]) -> None:
        """Keep what receivers asked for according to the log of an outbox."""
        for record in outbox:
            if record.kind == e.SendEnded.kind:
                ended = e.event_as(e.SendEnded, record)
                if ended.wait_s:
                    self.asked(ended.to, record.at, ended.wait_s)

    def holds(self, to: str, now: datetime) -> bool:
        """Return True if nothing may be sent there now; a clock that was set back ends a pause."""
        at, until = self._asked.get(to, (now, now))
        return at <= now < until
