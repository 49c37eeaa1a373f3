"""The public status page and its feeds, of all incidents.

Knows: where updates are read from. Must not know: what may be public (state), nor where the files go.
"""

from __future__ import annotations

from collections.abc import Mapping

from flightrules.errors import FlightrulesError
from flightrules.service.incident_service import IncidentService
from flightrules.state.messages.due import public_updates
from flightrules.state.messages.public import PublicView, public_view
from flightrules.state.messages.update import PublicUpdate
from flightrules.templates import public


async def public_pages(incidents: IncidentService, *, title: str, url: str) -> Mapping[str, str]:
    """Every file of the page, by name."""
    view = await _view(incidents, title, url)
    return {
        "index.html": public.page(view),
        "feed.json": public.json_feed(view),
        "feed.atom": public.atom_feed(view),
    }


async def _view(incidents: IncidentService, title: str, url: str) -> PublicView:
    said: list[tuple[PublicUpdate, ...]] = []
    for incident in await incidents.store.streams("INC-"):
        try:
            said.append(public_updates(await incidents.records(incident)))
        except FlightrulesError:
            continue  # one log that cannot be read hides no other; `flightrules log verify` names it
    components = [managed.policy.communication.component for managed in incidents.managed_targets.values()]
    return public_view(said, components, incidents.clock.now(), title=title, url=url)
