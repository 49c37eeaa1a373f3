"""The three ways a thing can fail, and nothing else.

Knows: that a caller must tell apart "the protocol says no", "the world failed" and "we are wrong".
Must not know: incidents, hosts, transports. Every other module may import this one.
"""

from __future__ import annotations


class FlightrulesError(Exception):
    """The root of everything this package raises on purpose."""


class Refused(FlightrulesError):
    """The protocol says no: an ordinary answer, with what would make it a yes.

    `code` is a stable word for programs, `reason` one sentence for people, `remedy` the way out.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.code = code
        self.reason = reason
        self.remedy = remedy


class Unavailable(FlightrulesError):
    """Something outside failed: `what` names it, `remedy` is the way out, the cause stays chained as `__cause__`."""

    def __init__(self, what: str, why: str, remedy: str = "") -> None:
        super().__init__(f"{what}: {why}" + (f" {remedy}" if remedy else ""))
        self.what = what
        self.why = why
        self.remedy = remedy


class Unreached(Unavailable):
    """Something outside could not be reached: nothing was sent to it."""


class Declined(Unavailable):
    """Something outside answered that it did not do what it was asked: nothing was changed."""


class Conflict(Unavailable):
    """Another process appended to the same stream first; load again and decide again."""

    def __init__(self, stream: str, expected: int) -> None:
        super().__init__(f"stream {stream}", f"it moved past version {expected} meanwhile", "Load it again.")
        self.stream = stream
        self.expected = expected


class Defect(FlightrulesError):
    """Ours, and loud: a state that must not exist. Never shown to an agent as an ordinary answer."""
