"""Report, planner and the end.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flightrules.state import events as e
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.vocabulary import CLOSED_AS
from flightrules.state.watched import Gap
from flightrules.state.words import counted, listed, moment


def _written(_walk: Walk, event: e.ReportWritten) -> Iterable[Line]:
    beside = f"; the review is in {event.calendar}" if event.calendar else ""
    yield Line(f"Incident report written to {event.path} (SHA-256 {event.sha256[:12]}){beside}")


def _planner(_walk: Walk, event: e.PlannerReported) -> Iterable[Line]:
    if event.sinks:
        yield Line(f"Brief for the planner queued for: {listed(event.sinks)}")
    else:
        yield Line(f"Planner informed: {listed(event.paths)}")


def _closed(_walk: Walk, event: e.IncidentClosed) -> Iterable[Line]:
    text = f"Incident closed: {cut(event.reason)}" if event.reason else "Incident closed"
    yield Line(text + unwatched_words(event.unwatched))


def _stood_down(_walk: Walk, event: e.StoodDown) -> Iterable[Line]:
    other = f" of {event.duplicate_of}" if event.closed_as == "duplicate" and event.duplicate_of else ""
    why = f" ({CLOSED_AS[event.closed_as]}{other})" if event.closed_as else ""
    yield Line(f"Stood down{why}: {cut(event.reason)}{unwatched_words(event.unwatched)}")


def unwatched_words(gaps: Sequence[Gap]) -> str:
    """Return the words that say what the end of an incident leaves unwatched."""
    rest = ", ".join(f"{counted(gap.count, f'{gap.watch} check')} until {moment(gap.last_at)}" for gap in gaps)
    return f"; monitoring was not over, not watched: {rest}" if rest else ""


SAYS: Table = {
    e.ReportWritten: _written,
    e.PlannerReported: _planner,
    e.IncidentClosed: _closed,
    e.StoodDown: _stood_down,
}
