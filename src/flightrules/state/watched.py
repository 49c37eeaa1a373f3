"""Results so far of the monitoring of a restored incident.

Knows: which checks are accounted for, how the last one went, and what is kept of a look.
Must not know: when a check is due (monitoring.py), nor what follows from a look (recurrence.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer

from flightrules.state.facts import Facts
from flightrules.state.value import Value
from flightrules.state.vocabulary import Watch

Seen = Literal["ok", "recurred", "inconclusive"]
"""Result of a check; a check that could not see is inconclusive, which is not a pass."""


class Slot(Value):
    """One check of the schedule: the first of a watch is number 1."""

    watch: Watch
    number: int


class Gap(Value):
    """Checks of one watch that nobody made, from the first to the last."""

    watch: Watch
    first: int
    last: int
    first_at: datetime
    last_at: datetime

    @property
    def count(self) -> int:
        """Return the number of checks in the gap."""
        return self.last - self.first + 1


def _in_short(facts: Facts) -> dict[str, Any]:
    return facts.model_dump(mode="json", exclude_defaults=True)


class Sight(Value):
    """One look at production."""

    facts: Annotated[Facts, PlainSerializer(_in_short)]
    """Written without what is as it is by default: a day has a hundred looks."""
    answers: bool
    """True if anything answered at all: the service from outside, or one of its hosts."""


class Watched(Value):
    """The sum of all checks since restoration."""

    slots: tuple[Slot, ...] = ()
    """The newest check of each watch that is accounted for, made or missed."""
    ok: int = 0
    inconclusive: int = 0
    missed: int = 0
    last: Seen | None = None
    last_at: datetime | None = None
    """Time at which production was last looked at."""
    logs_until: datetime | None = None
    """Up to when the logs were read."""
    suspects: tuple[str, ...] = ()
    """Items that failed at the last look, and only once so far: a second time is a recurrence."""

    def number(self, watch: Watch) -> int:
        """The newest check of a watch that is accounted for; 0 where there is none."""
        return next((slot.number for slot in self.slots if slot.watch is watch), 0)

    def through(self, *slots: Slot) -> tuple[Slot, ...]:
        """The newest checks with these accounted for as well."""
        newest = {slot.watch: slot for slot in self.slots} | {slot.watch: slot for slot in slots}
        return tuple(newest[watch] for watch in Watch if watch in newest)


NOT_WATCHED = Watched()
