"""How a refusal, or a world that failed, reads at a terminal.

Knows: one line. Must not know: what was done.
"""

from __future__ import annotations

from flightrules.errors import FlightrulesError, Refused


def complaint(why: FlightrulesError, about: str = "") -> str:
    """The line on standard error; `about` names what was refused, where a refusal does not."""
    if isinstance(why, Refused):
        return f"flightrules: refused ({why.code}): {f'{about}: ' if about else ''}{why}"
    return f"flightrules: {why}"
