"""One message at one destination.

Knows: the shape. Must not know: how a state is found (outbox.py), or what goes out next (order.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.messages.due import Message
from flightrules.state.value import Value

State = Literal["waiting", "under_way", "sent", "given_up", "stale", "moot", "nowhere", "overtaken"]


class Entry(Value):
    """One message at one destination."""

    message: Message
    to: str
    """The audience and which of its destinations: `internal/1`, `planner/github`."""
    state: State
    attempts: int = 0
    next_at: datetime
    """Time at which the entry is due; an entry with an end on record is never due."""
    says: str = ""
    """Reason that the last attempt failed, or place at which the message can be seen."""
    reached: tuple[str, ...] = ()
    """Recipients that the message reached, if the destination stands for several."""
    tried_at: datetime | None = None
    """Time of the last attempt."""
    not_before: datetime | None = None
    """The time that the receiver asked for."""
    carries: tuple[Message, ...] = ()
    """Older messages that nobody got and that are folded into this one."""
    behind: bool = False
    """True if another message goes out to this destination first."""
    late: bool = False
    """True if the destination was already told newer news."""

    def due(self, now: datetime) -> bool:
        """Return True if the message must be sent now; a lost attempt counts as one that must be made again."""
        return self.state in ("waiting", "under_way") and not self.behind and self.next_at <= now

    @property
    def lost(self) -> bool:
        """Return True if nobody tries to send it any more although somebody may still need it."""
        return self.state == "given_up" and not self.message.moot
