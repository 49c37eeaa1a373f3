"""In the server's own stream: whether the witnesses outside hear what is recorded.

Knows: names of witnesses. Must not know: what a head is.
"""

from __future__ import annotations

from flightrules.state.events.base import Event


class WitnessFailed(Event):
    """A witness could not be told; the log goes on without it."""

    kind = "witness_failed"
    witness: str
    why: str


class WitnessRestored(Event):
    """A witness that had failed was told everything it had missed."""

    kind = "witness_restored"
    witness: str
