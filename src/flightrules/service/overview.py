"""An overview of an incident for a person who looks: it changes nothing and leaves no event.

Knows: what a page asks of the service. Must not know: how a face shows it.
"""

from __future__ import annotations

from typing import Any

from flightrules.service.answers import Answer, StepSummary
from flightrules.service.incident_service import IncidentService
from flightrules.service.rollback.rollbacks import steps_of
from flightrules.state.incident import Incident
from flightrules.state.value import Value
from flightrules.state.waiting import Waiting, waiting


class Overview(Value):
    """Standing of an incident, what waits for a person in it, and the steps of its rollback."""

    answer: Answer[Any]
    waits: tuple[Waiting, ...]
    steps: tuple[StepSummary, ...]


def overview(incidents: IncidentService, incident: Incident) -> Overview:
    """Return the overview of an incident."""
    now = incidents.clock.now()
    policy = incidents.managed(incident.target).policy
    steps = steps_of(incident) if incident.operations and incident.rollback_plan is not None else ()
    return Overview(answer=incidents.answer(incident, now, says=""), waits=waiting(incident, policy, now), steps=steps)
