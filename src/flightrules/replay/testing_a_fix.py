"""A call that waited for the tests of a fix made again: how they ended is in the log.

Knows: where such a call went on. Must not know: what the end of the tests means.
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.ports import Checkout
from flightrules.replay.cursor import LogCursor
from flightrules.service.suite_runs import SuiteRuns
from flightrules.state import events as e
from flightrules.state.incident import Incident


@dataclass(slots=True, kw_only=True)
class RecordedSuites(SuiteRuns):
    """Runs nothing, and waits for nothing: how the tests ended is in the log."""

    cursor: LogCursor

    async def _run(self, incident: Incident, checkout: Checkout, run: str) -> None:
        del incident, checkout, run

    def _is_untold(self, incident: Incident) -> bool:
        """Return True if the call began no run although none went on: it was told of one that had ended."""
        began_none = self.cursor.ahead_record(e.FixTesting.kind) is None and not incident.fix_testing
        return (
            began_none and incident.fix_tested is not None and self.cursor.ahead_record(e.CallAnswered.kind) is not None
        )
