"""Parts of a sentence: a line, what was seen of the log before it, and the limit on other people's words.

Knows: the shape. Must not know: any event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from flightrules.state.events import Event

LONGEST = 300
"""Characters of somebody's own words that an entry repeats; the report holds them whole."""


class Line(NamedTuple):
    """Text of an event before it has its place in the timeline."""

    text: str
    at: datetime | None = None
    """Time at which it happened, if that is not when it was recorded."""
    evidence: tuple[str, ...] = ()
    actor: str = ""


@dataclass
class Walk:
    """Record of what has been seen of the log so far."""

    assessed: bool = False
    restored: bool = False
    monitored: str = ""
    """The verdict of the last check of monitoring."""
    tools: dict[str, str] = field(default_factory=dict)
    """Call and the tool it called."""
    told: set[tuple[str, str]] = field(default_factory=set)
    """Operation and what was told of it."""

    def first(self, operation: str, what: str) -> bool:
        """Return True if this is told of an operation for the first time, and remember that it was told."""
        fresh = (operation, what) not in self.told
        self.told.add((operation, what))
        return fresh


def cut(text: str) -> str:
    """Somebody's own words on one line, and not too many of them."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST].rstrip()} [...]"


Table = dict[type[Event], Callable[[Walk, Any], Iterable[Line]]]
"""Table from the type of an event to the function that puts such an event into words."""
