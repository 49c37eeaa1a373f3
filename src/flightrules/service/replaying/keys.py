"""The key that a call came with, where its events do not stand under it.

Knows: that a call whose key belongs to another one is refused under an id of its own. Must not know: what a key is for.
"""

from __future__ import annotations

from flightrules.service.desk import KEY_REUSED
from flightrules.service.replaying.ended import problem_in
from flightrules.service.replaying.track import Missing, Track
from flightrules.state import events as e
from flightrules.state.log import Recorded

OWN = "CALL-"
"""How an id begins that a call without a key gets."""


def reused_key(track: Track, record: Recorded) -> str:
    """The key of another call that this one came with; empty where it did not. Raises `Missing`."""
    if not record.call.startswith(OWN):
        return ""
    last = track.records[track.of_call[record.call][-1]]
    if last.kind != e.CallRefused.kind or last.data["code"] != KEY_REUSED:
        return ""
    reason = problem_in(last)["reason"]
    named = [call for call in track.of_call if call and not call.startswith(OWN) and repr(call) in reason]
    if not named:
        raise Missing(f"#{last.version}: which key was given a second time is not recorded")
    return max(named, key=len)
