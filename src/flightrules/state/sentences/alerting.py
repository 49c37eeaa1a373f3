"""Alerts of monitoring, and whom the server called.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.words import counted, listed

NAMED = 3
"""Number of alerts that a line names."""


def _joined(_walk: Walk, event: e.AlertsJoined) -> Iterable[Line]:
    for state, count in (("firing", event.firing), ("resolved", event.resolved)):
        if not count:
            continue
        named = [cut(one.title) for one in event.alerts if one.state == state][:NAMED]
        more = f" and {count - len(named)} more" if count > len(named) else ""
        sources = listed(sorted({one.source for one in event.alerts if one.state == state})) or "monitoring"
        if state == "firing":
            says = f", which state {event.severity}" if event.severity else ""
            yield Line(f"{counted(count, 'alert')} of {sources}{says}: {'; '.join(named)}{more}")
        else:
            yield Line(f"The source says that it is over, which proves nothing ({sources}): {'; '.join(named)}{more}")


def _called(_walk: Walk, event: e.PeopleCalled) -> Iterable[Line]:
    by = f"by what was seen {event.severity}" if event.severity else "production could not be read"
    stated = f", stated by alerts {event.stated}" if event.stated else ""
    yield Line(f"People were called ({by}{stated}): {cut(event.seen)}")


def _waiting(_walk: Walk, event: e.AlertsWaiting) -> Iterable[Line]:
    most = f"{event.most} incidents were opened by alerts within {event.minutes} min"
    yield Line(f"Alerts wait for {listed(event.targets)}, because {most}")


SAYS: Table = {e.AlertsJoined: _joined, e.PeopleCalled: _called, e.AlertsWaiting: _waiting}
