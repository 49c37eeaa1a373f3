"""Work in the background that may fail: each complaint is logged once, and nothing else stops.

Knows: how a failure is told. Must not know: what the work is.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from logging import Logger

from flightrules.errors import FlightrulesError


@dataclass(slots=True)
class Complaints:
    """The last complaint of each kind of work."""

    log: Logger
    says: str
    """Words before each complaint: "the watch goes on without"."""
    _last: dict[str, str] = field(default_factory=dict)

    async def guard(self, what: str, work: Awaitable[object]) -> str:
        """Do some work and return what went wrong; empty if nothing did. The same complaint is logged once in a row."""
        said = ""
        try:
            await work
        except FlightrulesError as failed:
            said = f"{what}: {failed}"
            if self._last.get(what) != said:
                self.log.warning("%s %s", self.says, said)
        except Exception as failed:
            said = f"{what}: {type(failed).__name__}: {failed}"
            if self._last.get(what) != said:
                self.log.exception("%s %s", self.says, what)
        self._last[what] = said
        return said
