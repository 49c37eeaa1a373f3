"""Public page: the components that have a problem now, and the updates of each incident.

Knows: updates that were let out. Must not know: anything else of an incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flightrules.state.messages.update import PublicUpdate
from flightrules.state.value import Value

SHOWN_FOR = timedelta(days=14)
"""So long after its last update an incident stays on the page."""


class PublicIncident(Value):
    """One incident as the public knows it."""

    incident: str
    component: str
    updates: tuple[PublicUpdate, ...]
    """Newest first; never empty."""

    @property
    def last(self) -> PublicUpdate:
        """Return the newest update."""
        return self.updates[0]

    @property
    def over(self) -> bool:
        """Return True if nobody works on the incident any more, as far as the public was told."""
        return self.last.status in ("Resolved", "Closed")


class Component(Value):
    """Something the public knows by name, and how it is."""

    name: str
    says: str
    well: bool


class PublicView(Value):
    """The whole page."""

    title: str
    url: str
    at: datetime
    components: tuple[Component, ...]
    open: tuple[PublicIncident, ...]
    past: tuple[PublicIncident, ...]

    @property
    def well(self) -> bool:
        """Return True if nothing is wrong."""
        return not self.open and all(component.well for component in self.components)

    @property
    def all(self) -> tuple[PublicIncident, ...]:
        """Every incident shown, those that are open first."""
        return (*self.open, *self.past)


def public_view(
    updates: Sequence[Sequence[PublicUpdate]], components: Sequence[str], now: datetime, *, title: str, url: str
) -> PublicView:
    """The page of these incidents' updates, each incident's oldest first."""
    known = [_incident(said) for said in updates if said]
    shown = sorted((one for one in known if _shown(one, now)), key=lambda one: one.last.at, reverse=True)
    still = tuple(one for one in shown if not one.over)
    return PublicView(
        title=title,
        url=url,
        at=now,
        components=tuple(_component(name, shown) for name in dict.fromkeys(components)),
        open=still,
        past=tuple(one for one in shown if one.over),
    )


def _incident(said: Sequence[PublicUpdate]) -> PublicIncident:
    return PublicIncident(incident=said[-1].incident, component=said[-1].component, updates=tuple(reversed(said)))


def _shown(incident: PublicIncident, now: datetime) -> bool:
    return not incident.over or now - incident.last.at <= SHOWN_FOR


def _component(name: str, shown: Sequence[PublicIncident]) -> Component:
    """A component as its incidents leave it: that one was closed does not make it well."""
    own = [one for one in shown if one.component == name]
    still = [one for one in own if not one.over]
    if still:
        return Component(name=name, says=still[0].last.impact, well=False)
    if own and not own[0].last.well:
        return Component(name=name, says=own[0].last.text, well=False)
    return Component(name=name, says="No known problem.", well=True)
