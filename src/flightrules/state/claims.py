"""One claim of a proof, and the two ways most of them are made.

Knows: that what could not be seen is not known. Must not know: what is claimed.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.value import Value


class Claim(Value):
    """One thing that must be true, and whether it is. `holds` is None when it could not be seen."""

    claim: str
    expected: str
    got: str
    holds: bool | None


def after(claim: str, at: datetime | None, began: datetime) -> Claim:
    """Something that must have happened since the operation began."""
    got, holds = (at.isoformat(), at >= began) if at else ("not known", None)
    return Claim(claim=claim, expected=f"after {began.isoformat()}", got=got, holds=holds)


def same(claim: str, expected: str, got: str) -> Claim:
    """Something that must be as expected; nothing read is not known."""
    return Claim(claim=claim, expected=expected, got=got, holds=got == expected if got else None)
