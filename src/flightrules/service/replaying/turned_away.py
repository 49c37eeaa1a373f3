"""Calls that got no further than the face: their arguments were not taken.

Knows: how such a call stands in the log. Must not know: what would have been taken.
The log shows what was sent in a few words that nobody could call a tool with again, so the refusal is what is replayed.
"""

from __future__ import annotations

from flightrules.errors import Refused
from flightrules.service.replaying.ended import refused_as
from flightrules.service.replaying.track import Track
from flightrules.state import events as e
from flightrules.state.log import Recorded

NOT_TAKEN = "bad_arguments"
"""The code of these refusals; no rule of the protocol gives it."""


def turned_away(track: Track, upcoming: Recorded) -> Refused | None:
    """How the face refused the call that comes next; None for one that it let through."""
    if upcoming.kind != e.CallReceived.kind:
        return None
    refused = track.ahead_record(e.CallRefused.kind, upcoming.call)
    return refused_as(refused) if refused is not None and refused.data["code"] == NOT_TAKEN else None
