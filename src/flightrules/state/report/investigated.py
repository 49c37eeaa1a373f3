"""The analysis as the report shows it: why, what changed, what was measured, whether it happens again.

Knows: where in the log each part stands, and that what nothing is cited for is called a hypothesis.
Must not know: how a report looks. Where nobody analysed, there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flightrules.state import events as e
from flightrules.state.comparison import comparison_lines
from flightrules.state.evidence import Comparison
from flightrules.state.incident import Incident
from flightrules.state.report.metrics import Metric, metrics
from flightrules.state.report.numbered import Log
from flightrules.state.words import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigated:
    """Results of an analysis."""

    whys: tuple[Said, ...] = ()
    changed: tuple[Said, ...] = ()
    metrics: tuple[Metric, ...] = ()
    reproduced: Said | None = None


_OUTCOMES = {"reliably": "It happens reliably", "sometimes": "It happens sometimes", "no": "It did not happen again"}


def investigated(log: Log, incident: Incident) -> Investigated | None:
    """Return the results of an analysis; None if nobody analysed anything beyond naming a cause."""
    found = Investigated(whys=_whys(log), changed=tuple(_changed(log)), reproduced=_reproduced(log))
    if found == Investigated():
        return None
    return replace(found, metrics=metrics(log, incident))


def _whys(log: Log) -> tuple[Said, ...]:
    newest = log.last(e.WhysRecorded)
    if newest is None:
        return ()
    number, event = newest
    return tuple(
        Said(text=f"Hypothesis: {why.says}" if why.hypothesis else why.says, sources=(number, *why.evidence))
        for why in event.whys
    )


def _changed(log: Log) -> Iterable[Said]:
    """The newest comparison, or why there is none."""
    asked = [
        (event.id, event.finding) for _, event in log.every(e.EvidenceRecorded) if event.finding.probe == "compare"
    ]
    for evidence, finding in asked[-1:]:
        if isinstance(finding.data, Comparison):
            first, *rest = comparison_lines(finding.data)
            yield Said(text=first, sources=(evidence,))
            yield from (Said(text=line) for line in rest)
        else:
            yield Said(text=f"could not be read: {finding.why}", sources=(evidence,), known=False)


def _reproduced(log: Log) -> Said | None:
    newest = log.last(e.ReproductionRecorded)
    if newest is None:
        return None
    number, event = newest
    return Said(text=f"{_OUTCOMES[event.outcome]}: {event.steps}", sources=(number,))
