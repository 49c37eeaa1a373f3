"""Status updates.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.sentences.base import Line, Table, Walk, cut


def _updated(_walk: Walk, event: e.UpdatePosted) -> Iterable[Line]:
    waits = ", which waits for a person's approval" if event.held else ""
    whom = "the public" if event.external else "those who work on it"
    yield Line(f"Update {event.id} for {whom}{waits}: {event.status}. {cut(event.text)}")


def _let_out(_walk: Walk, event: e.UpdateApproved) -> Iterable[Line]:
    yield Line(f"Update {event.update} approved for the public by {event.approver}")


def _kept_back(_walk: Walk, event: e.UpdateRejected) -> Iterable[Line]:
    yield Line(f"Update {event.update} kept from the public by {event.approver}: {cut(event.reason)}")


def _spoken_for(_walk: Walk, event: e.SpokenFor) -> Iterable[Line]:
    yield Line(f"{event.by} speaks to the public for this too" if event.by else "Speaks to the public for itself")


SAYS: Table = {
    e.SpokenFor: _spoken_for,
    e.UpdatePosted: _updated,
    e.UpdateApproved: _let_out,
    e.UpdateRejected: _kept_back,
}
