"""Looks of agents that change nothing: the first of a kind is on record, further ones are counted.

Knows: how often one caller's looks are kept. Must not know: what a look shows.
Each answer on record takes several kilobytes, and one token may ask two times a second: that is a gigabyte a day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flightrules.service.invocation import Call
from flightrules.state.events import LooksCounted
from flightrules.state.vocabulary import ActorKind

WINDOW = timedelta(minutes=10)
KEPT = 20
"""Looks of one caller that are on record in a window; the first at each incident, list and search."""


@dataclass
class _Window:
    began: datetime
    kept: set[str] = field(default_factory=set)
    more: int = 0


@dataclass
class Looks:
    """The looks of this process."""

    _windows: dict[str, _Window] = field(default_factory=dict)
    _over: list[LooksCounted] = field(default_factory=list)

    def keep(self, call: Call, what: str, now: datetime) -> bool:
        """Return True if this look goes on record; one that does not is counted."""
        if call.actor.kind is not ActorKind.AGENT:
            return True
        self._close(now)
        window = self._windows.setdefault(call.account, _Window(now))
        if what in window.kept or len(window.kept) >= KEPT:
            window.more += 1
            return False
        window.kept.add(what)
        return True

    def counted(self, now: datetime) -> list[LooksCounted]:
        """Return what was counted in windows that are over, each once."""
        self._close(now)
        over, self._over = self._over, []
        return over

    def _close(self, now: datetime) -> None:
        for caller, window in [*self._windows.items()]:
            if not window.began <= now < window.began + WINDOW:
                del self._windows[caller]
                if window.more:
                    self._over.append(LooksCounted(account=caller, times=window.more, since=window.began))
