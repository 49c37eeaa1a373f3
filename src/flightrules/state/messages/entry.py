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
    """When it is due; what has an end on record is never due."""
    says: str = ""
    """Why the last attempt failed, or where the message can be seen."""
    reached: tuple[str, ...] = ()
    """What arrived of it where the destination stands for several recipients."""
    tried_at: datetime | None = None
    """When it was tried last."""
    not_before: datetime | None = None
    """The time that the receiver asked for."""
    carries: tuple[Message, ...] = ()
    """Older messages that nobody got and that are folded into this one."""
    behind: bool = False
    """Whether another message goes out there first."""
    late: bool = False
    """Whether newer news was told there already."""

    def due(self, now: datetime) -> bool:
        """Whether it must be sent now; an attempt that is lost counts as one that must be made again."""
        return self.state in ("waiting", "under_way") and not self.behind and self.next_at <= now

    @property
    def lost(self) -> bool:
        """Whether nobody tries it any more although somebody may still need to hear it."""
        return self.state == "given_up" and not self.message.moot
