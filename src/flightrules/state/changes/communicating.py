"""Status updates.

Knows: what these events change in an incident. Must not know: whether they were allowed (rules do).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.state import events as e
from flightrules.state.changes.base import Change, Table
from flightrules.state.incident import Incident

SAME_WITHIN = timedelta(minutes=1)
"""An update that says the same as one of this last minute is that one."""


def _posted(incident: Incident, event: e.UpdatePosted, at: datetime) -> Change:
    recent = tuple(pair for pair in incident.recent if timedelta(0) <= at - pair[0] < SAME_WITHIN)
    counted: Change = {"updates": incident.updates + 1, "recent": (*recent, (at, event))}
    if event.held:
        counted |= {"held_at": at}
        if not event.by_rules:
            return {**counted, "held": (*incident.held, event)}
        # What the rules put up replaces what they put up before: a person reads what is so now.
        others = tuple(held for held in incident.held if not held.by_rules)
        return {**counted, "held": (*others, event), "public_status": event.status, "public_so": event.so}
    if event.external:
        overtaken = tuple(held for held in incident.held if not (held.by_rules and event.by_rules))
        return {**counted, **_public(incident, event, at), "held": overtaken}
    return {**counted, "told_at": at, "breached": incident.breached - {"internal_update"}}


def _public(incident: Incident, event: e.UpdatePosted, at: datetime) -> Change:
    return {
        "public_at": incident.public_at or at,
        "public_last_at": at,
        "public_status": event.status,
        "public_so": event.so,
        "breached": incident.breached - {"external_notice"},
    }


def _spoken_for(incident: Incident, event: e.SpokenFor, _at: datetime) -> Change:
    """Drop the held updates of the rules: they put them up again if the incident speaks for itself."""
    own = tuple(held for held in incident.held if not held.by_rules)
    return {"voice": event.by, "held": own, "public_status": "", "public_so": ""}


def _approved(incident: Incident, event: e.UpdateApproved, at: datetime) -> Change:
    update = next(held for held in incident.held if held.id == event.update)
    return {**_public(incident, update, at), **_let_go(incident, event.update)}


def _rejected(incident: Incident, event: e.UpdateRejected, _at: datetime) -> Change:
    return _let_go(incident, event.update)


def _let_go(incident: Incident, update: str) -> Change:
    return {"held": tuple(held for held in incident.held if held.id != update)}


CHANGES: Table = {
    e.UpdatePosted: _posted,
    e.SpokenFor: _spoken_for,
    e.UpdateApproved: _approved,
    e.UpdateRejected: _rejected,
}
