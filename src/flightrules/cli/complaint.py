"""Text at a terminal for a refusal, or for a failure of something outside the server.

Knows: one line. Must not know: what was done.
"""

from __future__ import annotations

from flightrules.errors import FlightrulesError, Refused


def complaint(why: FlightrulesError, about: str = "") -> str:
    """The line on standard error; `about` names what was refused, where a refusal does not."""
    if isinstance(why, Refused):
        return f"flightrules: refused ({why.code}): {f'{about}: ' if about else ''}{why}"
    return f"flightrules: {why}"
