"""The analysis after restoration.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from flightrules.state.analysis import Analysis
from flightrules.state.commands.base import Command
from flightrules.state.evidence import Finding


class BeginAnalysis(Command):
    """Additions of the caller to the analysis, before production is asked for its part."""

    tool = "analyze"
    given: Analysis


class RecordAnalysis(Command):
    """The same, with what production showed."""

    tool = "analyze"
    given: Analysis
    findings: tuple[Finding, ...] = ()
