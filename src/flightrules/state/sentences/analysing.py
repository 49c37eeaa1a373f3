"""The analysis.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.words import counted


def _caused(_walk: Walk, event: e.RootCauseRecorded) -> Iterable[Line]:
    said = "Hypothesis on the root cause" if event.hypothesis else "Root cause recorded"
    yield Line(f"{said}: {cut(event.root_cause)}", evidence=event.evidence)


def _asked_why(_walk: Walk, event: e.WhysRecorded) -> Iterable[Line]:
    open_ones = sum(why.hypothesis for why in event.whys)
    rest = f", {open_ones} of them without evidence" if open_ones else ""
    cited = tuple(dict.fromkeys(one for why in event.whys for one in why.evidence))
    yield Line(f"Why was asked {counted(len(event.whys), 'time')}{rest}", evidence=cited)


def _observed(_walk: Walk, event: e.EventObserved) -> Iterable[Line]:
    yield Line(f"Observed ({event.id}, {cut(event.source)}): {cut(event.says)}", at=event.at)


def _reproduced(_walk: Walk, event: e.ReproductionRecorded) -> Iterable[Line]:
    words = {"reliably": "reproduced reliably", "sometimes": "reproduced sometimes", "no": "could not be reproduced"}
    yield Line(f"The failure {words[event.outcome]}: {cut(event.steps)}")


SAYS: Table = {
    e.RootCauseRecorded: _caused,
    e.WhysRecorded: _asked_why,
    e.EventObserved: _observed,
    e.ReproductionRecorded: _reproduced,
}
