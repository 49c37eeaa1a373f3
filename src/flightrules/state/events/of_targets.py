"""Events of a target's own stream: locks, approvals in advance and observed releases.

Knows: the data of these events. Must not know: incidents.
"""

from __future__ import annotations

from flightrules.state.events.base import Event
from flightrules.state.signing.statements import ApprovedInAdvance, Signed


class LockBreaking(Event):
    """In a target's stream: a person is about to end an operation that is stuck on a host."""

    kind = "lock_breaking"
    host: str
    operation: str
    reason: str


class LockBroken(Event):
    """In a target's stream: what came of it."""

    kind = "lock_broken"
    host: str
    operation: str
    outcome: str


class RollbackBegan(Event):
    """A rollback of the target began: until it is over, no other incident may begin one."""

    kind = "rollback_began"
    incident: str
    plan: str


class RollbackOver(Event):
    """That rollback ended, however it ended."""

    kind = "rollback_over"
    incident: str
    plan: str


class StandingGranted(Event):
    """In a target's stream: a person approved in advance."""

    kind = "standing_granted"
    terms: ApprovedInAdvance
    signed: Signed


class StandingUsed(Event):
    """In a target's stream: a rollback was started on a standing approval."""

    kind = "standing_used"
    id: str
    incident: str
    plan: str


class StandingRevoked(Event):
    """In a target's stream: a person took a standing approval back."""

    kind = "standing_revoked"
    id: str
    by: str
    reason: str


class ReleaseObserved(Event):
    """In a target's stream: how a release was seen in production."""

    kind = "release_observed"
    release: str
    healthy: bool
    by: str
    images: tuple[tuple[str, str], ...] = ()
    errors_per_minute: float | None = None
    """Error lines per minute in the logs of the release, if they could be read: the usual rate, for later incidents."""
