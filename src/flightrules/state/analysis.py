"""Findings of an analysis, as values: answers with what they stand on, what was observed, whether it happens again.

Knows: that an answer without evidence is a hypothesis. Must not know: which evidence an incident has (rules).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.value import Value

Words = Annotated[str, Field(max_length=300)]


class Cited(Value):
    """One statement and the evidence somebody cites for it: `E3` (collected) or `O1` (observed elsewhere)."""

    says: Annotated[Words, Field(description="One statement")]
    evidence: Annotated[
        tuple[Annotated[str, Field(max_length=9)], ...],
        Field(description="Ids of evidence that shows it, such as E3 or O1", max_length=20),
    ] = ()

    @property
    def hypothesis(self) -> bool:
        """Return True if nothing is cited for it."""
        return not self.evidence


class Observed(Value):
    """Something that happened, as seen outside of this server."""

    at: Annotated[datetime, Field(description="When it happened, 2026-01-31T09:00:00Z")]
    says: Annotated[Words, Field(description="What happened")]
    source: Annotated[Words, Field(description="Who or what saw it")]
    """Person or thing that saw it."""


Reproduced = Literal["", "reliably", "sometimes", "no"]
"""Result of trying to make it happen again; empty if nobody tried."""


class Analysis(Value):
    """Findings that somebody adds to an analysis at once."""

    whys: tuple[Cited, ...] = ()
    """Answers to `why?`, each asked of the one before; the last is nearest to the root."""
    observed: tuple[Observed, ...] = ()
    reproduced: Reproduced = ""
    steps: str = ""
    root_cause: Cited | None = None
    onset_at: datetime | None = None
    """Time at which it began, as the evidence of the root cause shows; it counts with a root cause alone."""
    nothing_to_add: str = ""
    """Reason that nobody has a finding to add: the incident goes on, and the report marks the root cause as unknown."""
    compare: bool = False
    """True if production is to be asked for what changed between the good and the bad release."""
