"""Under which settings an incident was handled, and from where on.

Knows: that settings count from the turn that read them. Must not know: what they allow.
"""

from __future__ import annotations

import marshal
from functools import lru_cache

from flightrules.replay.cursor import together
from flightrules.service.incident_service import ENDS
from flightrules.state import events as e
from flightrules.state.log import Recorded


def settings_of(records: tuple[Recorded, ...]) -> list[tuple[int, e.SettingsRead]]:
    """Return where each change of settings begins to count: with the first event of its turn."""
    found: list[tuple[int, e.SettingsRead]] = []
    for number, record in enumerate(records):
        if record.kind == e.SettingsRead.kind:
            first = number
            while first and records[first - 1].kind not in ENDS and together(records[first - 1], record):
                first -= 1
            # As bytes, to be told apart; JSON would do as well, and takes ten times as long.
            e.hold(record, _settings_in(marshal.dumps(record.data, 2)))
            found.append((first, e.event_as(e.SettingsRead, record)))
    return found


@lru_cache(maxsize=32)
def _settings_in(data: bytes) -> e.Event:
    """The settings that these data hold: over most of an archive they are the same, and are read once."""
    # These bytes were written a moment ago, by the caller.
    return e.event_of(e.SettingsRead.kind, marshal.loads(data))  # noqa: S302  # nosec B302
