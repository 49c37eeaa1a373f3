"""Completions that a client may offer while an argument of a prompt or of a resource's address is typed.

Knows: which arguments have known values. Must not know: which prompt or resource they belong to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from mcp_types import CompleteRequestParams, Completion

from flightrules.errors import Refused
from flightrules.service.incident_service import IncidentService
from flightrules.service.observing import observations_of
from flightrules.state.incident import Incident

MOST = 100
"""The protocol's limit."""

Offer = Callable[[IncidentService, Mapping[str, str]], Awaitable[Sequence[str]]]


async def complete(incidents: IncidentService, params: CompleteRequestParams) -> Completion:
    """Values that begin with what was typed, the likeliest first."""
    offer = OFFERS.get(params.argument.name)
    chosen = dict((params.context.arguments if params.context else None) or {})
    values = await offer(incidents, chosen) if offer else ()
    fit = [value for value in dict.fromkeys(values) if value.startswith(params.argument.value)]
    return Completion(values=fit[:MOST], total=len(fit), has_more=len(fit) > MOST)


async def _incidents(incidents: IncidentService, _chosen: Mapping[str, str]) -> Sequence[str]:
    return list(reversed(await incidents.store.streams("INC-")))


async def _targets(incidents: IncidentService, _chosen: Mapping[str, str]) -> Sequence[str]:
    return sorted(incidents.managed_targets)


async def _releases(incidents: IncidentService, chosen: Mapping[str, str]) -> Sequence[str]:
    """Those of the incident's own target where one was chosen; newest first."""
    incident = await _incident(incidents, chosen)
    deployed = [deploy.sha for deploy in incident.history.deploys] if incident else []
    targets = (
        [incident.target]
        if incident
        else [chosen["target"]]
        if "target" in chosen
        else sorted(incidents.managed_targets)
    )
    seen = [one for target in targets for one in await observations_of(incidents, target)]
    newest = sorted(seen, key=lambda one: one.at, reverse=True)
    return [*deployed, *(one.release for one in newest)]


async def _evidence(incidents: IncidentService, chosen: Mapping[str, str]) -> Sequence[str]:
    incident = await _incident(incidents, chosen)
    return incident.evidence if incident else ()


async def _incident(incidents: IncidentService, chosen: Mapping[str, str]) -> Incident | None:
    name = chosen.get("incident", "")
    if not name.startswith("INC-"):
        return None
    try:
        return await incidents.incident(name)
    except Refused:
        return None


OFFERS: Mapping[str, Offer] = {
    "incident": _incidents,
    "target": _targets,
    "release": _releases,
    "evidence": _evidence,
}
"""Argument and what finds its values."""
