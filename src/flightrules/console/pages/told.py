"""Public words of an incident, as its log has them.

Knows: which events let an update out. Must not know: the sentences, nor where they are published.
"""

from __future__ import annotations

from flightrules.state import events as e
from flightrules.state.messages.update import PublicUpdate, as_public
from flightrules.state.report.numbered import Log


def told_in_public(log: Log, incident: str) -> tuple[PublicUpdate, ...]:
    """Return what the public was told of an incident, oldest first."""
    posted = {event.id: event for _, event in log.every(e.UpdatePosted) if event.external}
    out = [(number, event) for number, event in log.every(e.UpdatePosted) if event.external and not event.held]
    out += ((number, posted[event.update]) for number, event in log.every(e.UpdateApproved) if event.update in posted)
    ordered = sorted(out, key=lambda one: int(one[0][1:]))
    return tuple(as_public(incident, event, log.times[int(number[1:]) - 1]) for number, event in ordered)
