"""Production read again: services, health and checks, before a decision, a plan or a start.

Knows: which probes tell whether production is well. Must not know: what a finding means (rules do).
"""

from __future__ import annotations

from flightrules.service.incident_service import IncidentService
from flightrules.state.evidence import Finding
from flightrules.state.untrusted import one_line
from flightrules.state.value import changed

READ_LIMIT_S = 10.0
"""Seconds that a decision waits for it; a slower probe was not read."""
WHY_LENGTH = 1000


async def read_again(incidents: IncidentService, target: str) -> tuple[Finding, ...]:
    """Read what services, health and checks show now; no logs, since strangers write them."""
    managed = incidents.managed(target)
    probes = ("services", "health", *(f"check:{check.name}" for check in managed.target.checks))
    found = await managed.production.collect(probes, limit_s=READ_LIMIT_S)
    return tuple(changed(f, why=one_line(f.why, WHY_LENGTH)) if f.why else f for f in found)
