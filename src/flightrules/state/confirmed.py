"""What stands behind the severity of an incident: a person, the server's own evidence, or a statement alone.

Knows: that a statement raises a severity and confirms nothing, whoever is named as its source.
Must not know: what follows from it (rules, messages).
"""

from __future__ import annotations

from flightrules.state.incident import Incident
from flightrules.state.severity import seen_severity, worst


def only_stated(incident: Incident) -> bool:
    """Whether nothing but a statement makes it as severe as it stands."""
    severity, given = incident.severity, incident.confirmed
    if severity is None or (given is not None and given.rank <= severity.rank):
        return False
    return worst(seen_severity(incident.baseline), incident.shown.worst).rank > severity.rank


def unheard(incident: Incident) -> bool:
    """Whether the public has heard nothing yet of what is only stated: a person confirms it first."""
    later = incident.raised_at is not None and incident.restored_at is not None
    return (incident.public_at is None or later) and only_stated(incident)


def to_confirm(incident: Incident) -> str:
    """What confirms it, as a person types it."""
    return f"flightrules classify {incident.id} --severity {incident.severity} --reason TEXT"
