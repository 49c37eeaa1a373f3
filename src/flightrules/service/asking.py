"""Before a person is asked for a yes: whether what they would say yes to is refused whatever they say.

Knows: that a rule may be asked without anything being recorded. Must not know: how a person is asked.
"""

from __future__ import annotations

from typing import Any

from flightrules.errors import Refused
from flightrules.service.answers import Answer
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.state import commands as c
from flightrules.state.approvers import lacking
from flightrules.state.decide import decide
from flightrules.state.incident import Incident


def objection(incidents: IncidentService, invocation: Invocation, command: c.Command) -> Refused | None:
    """Return the refusal of a command on what a call has read, if any; nothing is recorded."""
    try:
        decide(
            invocation.incident,
            command,
            incidents.context(invocation.incident, invocation.call.actor, incidents.clock.now()),
        )
    except Refused as no:
        return no
    return None


async def refused_unasked(incidents: IncidentService, call: Call, command: c.Command) -> Answer[Any] | None:
    """The refusal of a command, on record, before anybody is asked; None where a yes is worth asking for.

    Raises `Refused` for an unknown incident.
    """
    invocation = incidents.invocation(call)
    await incidents.read(invocation)
    no = objection(incidents, invocation, command)
    return await incidents.refuse(invocation, no) if no else None


def approvals_missing(incidents: IncidentService, incident: Incident) -> int:
    """Return how many more people must approve the plan of an incident; all of them if there is no plan."""
    return lacking(incident, incidents.managed(incident.target).policy.approval, incidents.clock.now())
