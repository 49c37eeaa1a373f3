"""State of production for its users, as the server itself saw it: at its worst, and at the last look.

Knows: which facts users notice. Must not know: what anybody states, or what is told of it (messages).
A look that could not tell changes nothing: unknown is not a pass and not an outage.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.facts import Facts
from flightrules.state.value import Value
from flightrules.state.vocabulary import Severity


class Shown(Value):
    """State of production that users saw, over all looks of one incident."""

    worst: Severity | None = None
    """The worst that was seen; None where nothing failed, or nothing was seen."""
    last: Severity | None = None
    """Severity at the last look that could tell; None if all was well, or nothing was seen."""
    at: datetime | None = None
    """Time of that look."""
    well_since: datetime | None = None
    """Since when every look that could tell saw that everything works."""

    def after(self, facts: Facts, at: datetime) -> Shown:
        """The same after one more look."""
        if not could_tell(facts):
            return self
        last = level_of(facts)
        since = (self.well_since or at) if last is None else None
        return Shown(worst=worse(self.worst, last), last=last, at=at, well_since=since)

    @property
    def well(self) -> bool:
        """Return True if the last look saw that everything works."""
        return self.at is not None and self.last is None


NOTHING_SHOWN = Shown()


def could_tell(facts: Facts) -> bool:
    """Return True if a look saw anything of what users see."""
    failed = facts.major_failed or facts.minor_failed
    return facts.health != "unknown" or bool(failed or facts.checks_passed) or _services_fail(facts) is not None


def level_of(facts: Facts) -> Severity | None:
    """Return the severity for users; None if they see nothing of it."""
    if facts.health == "down" and not facts.checks_passed:
        return Severity.P1
    if facts.health == "down" or facts.major_failed:
        return Severity.P2
    if facts.minor_failed or facts.slow:
        return Severity.P3
    outside = facts.health != "unknown" or facts.checks_passed
    return None if outside else _services_fail(facts)


def _services_fail(facts: Facts) -> Severity | None:
    """Return the severity that the services show if nothing was seen from outside."""
    if not facts.services_known or not facts.services_down:
        return None
    return Severity.P1 if set(facts.services_down) == set(facts.services) else Severity.P2


def worse(one: Severity | None, other: Severity | None) -> Severity | None:
    """The worse of two; one that is not there is better than any."""
    return min((level for level in (one, other) if level is not None), key=lambda level: level.rank, default=None)
