"""The log of an incident as far as it was read for answers: its messages and its timeline.

Knows: that a reader goes on from here, so that an answer about a long log costs no more than what is new in it.
Must not know: the store, nor what an answer says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flightrules.state.log import Recorded
from flightrules.state.messages.due import Told
from flightrules.state.report.timeline import TimelineSoFar


@dataclass(slots=True)
class LogSoFar:
    """One log; it only grows, so what was read once stays true."""

    told: Told = field(default_factory=Told)
    timeline: TimelineSoFar = field(default_factory=TimelineSoFar)
    version: int = 0
    """The last event that was read."""

    def read(self, records: Sequence[Recorded], until: int) -> None:
        """Read on, up to a version; records that were read before are left out."""
        new = [record for record in records if self.version < record.version <= until]
        self.timeline.read(new)
        self.told = self.told.on(new)
        self.version = new[-1].version if new else self.version
