"""The public voice of a target: the first of its open incidents that told the public speaks for the others.

Knows: which of two incidents speaks. Must not know: which incidents there are (the service looks), or what is told.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Phase


def speaker(incident: Incident, open_on_target: Iterable[Incident]) -> str:
    """The incident that speaks for this one too, of those that are open on its target, oldest first; empty for none."""
    others = (one for one in open_on_target if one.id != incident.id)
    return next((one.id for one in others if _speaks_for(one, incident)), "")


def _speaks_for(one: Incident, other: Incident) -> bool:
    """Return True if the public messages of one incident say all that is true of the other.

    Both look at the same production. Once one is restored it does not speak of what fails since, of what began later,
    or of what a person said is severe.
    """
    if one.public_at is None or one.phase is Phase.CLOSED:
        return False
    if one.restored_at is None:
        return True
    seen = other.shown
    fails = seen.at is not None and seen.at > one.restored_at and not seen.well
    return other.opened_at < one.restored_at and not fails and other.confirmed is None


def may_be_spoken_for(incident: Incident) -> bool:
    """Return True if another incident could speak for this one; one that told the public goes on to the end."""
    return incident.public_at is None and incident.phase is not Phase.CLOSED


def speaks(event: e.Event) -> bool:
    """Return True if an event tells the public, or says that nobody did."""
    notice = isinstance(event, e.BudgetBreached) and event.budget == "external_notice"
    return notice or (isinstance(event, e.UpdatePosted) and event.external)
