"""The board: what waits for a person, what is under way, and how each target was seen last.

Knows: the groups and their order. Must not know: rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flightrules.console.pages.strip import Strip
from flightrules.state.releases import Observation
from flightrules.state.words import counted, short, span

STALE = timedelta(days=1)
"""After so long without a look a target is shown as not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSeen:
    """One target and how it was seen last."""

    name: str
    look: Literal["pass", "fail", "unknown"]
    word: str
    release: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The whole board."""

    waiting: tuple[Strip, ...]
    under_way: tuple[Strip, ...]
    targets: tuple[TargetSeen, ...]
    unreadable: tuple[str, ...]

    @property
    def title(self) -> str:
        """Return the title of the tab: it tells from afar what waits."""
        going = len(self.waiting) + len(self.under_way)
        if self.waiting:
            return f"({len(self.waiting)}) flightrules: {len(self.waiting)} for a person, {going} under way"
        return f"flightrules: {counted(going, 'incident')} under way" if going else "flightrules: calm"

    @property
    def icon(self) -> str:
        """Return the icon of the tab: another form for calm, under way and waiting."""
        return "icon-waits.svg" if self.waiting else "icon-busy.svg" if self.under_way else "icon.svg"


def board(strips: Sequence[Strip], targets: Sequence[TargetSeen], unreadable: Sequence[str] = ()) -> Board:
    """Return the board of the open incidents, each group by the clock that runs out next."""
    ordered = sorted(strips, key=lambda one: one.order)
    return Board(
        waiting=tuple(one for one in ordered if one.waits),
        under_way=tuple(one for one in ordered if not one.waits),
        targets=tuple(targets),
        unreadable=tuple(unreadable),
    )


def target_seen(name: str, observations: Sequence[Observation], open_as: Sequence[Strip], now: datetime) -> TargetSeen:
    """Return how a target was seen last, by what is remembered of its releases and by its open incidents."""
    newest = max(observations, key=lambda one: one.at, default=None)
    healthy = max((one for one in observations if one.healthy), key=lambda one: one.at, default=None)
    release = short(newest.release) if newest else ""
    note = f"last seen healthy {healthy.at:%Y-%m-%d %H:%M} UTC" if healthy else "no release to go back to was observed"
    if open_as:
        worst = min((one.severity or "P1" for one in open_as), default="")
        known = any(one.severity for one in open_as)
        word = f"{worst} under way" if known else "incident under way"
        return TargetSeen(name=name, look="fail", word=word, release=release, note=note)
    if newest is None:
        return TargetSeen(name=name, look="unknown", word="never observed", release="", note=note)
    if now - newest.at > STALE:
        word = f"not seen for {span(now - newest.at)}"
        return TargetSeen(name=name, look="unknown", word=word, release=release, note=note)
    word, look = ("healthy", "pass") if newest.healthy else ("not healthy", "fail")
    return TargetSeen(name=name, look="pass" if look == "pass" else "fail", word=word, release=release, note=note)
