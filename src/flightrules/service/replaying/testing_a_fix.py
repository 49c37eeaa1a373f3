"""A call that waited for the tests of a fix made again: how they ended is in the log.

Knows: where such a call went on. Must not know: what the end of the tests means.
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.ports import Checkout
from flightrules.service.replaying.track import Track
from flightrules.service.suites import Suites
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded


@dataclass(slots=True)
class RecordedSuites(Suites):
    """Runs nothing: a run lasts until the call that began it was answered."""

    track: Track | None = None

    async def _run(self, incident: Incident, checkout: Checkout, run: str) -> None:
        del incident, checkout, run
        if self.track is not None:
            await self.track.turn(mine=lambda record: _answers(self.track, record))


def _answers(track: Track | None, record: Recorded) -> bool:
    """Whether the next event begins the answer of a call that followed tests."""
    if track is None or track.tools.get(record.call) != "fix":
        return False
    kinds = {one.kind for one in track.group(record.call)}
    return e.CallAnswered.kind in kinds and e.FixTesting.kind not in kinds
