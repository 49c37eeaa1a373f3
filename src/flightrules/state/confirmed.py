"""Basis of an incident's severity: a person, the server's own evidence, or only a statement.

Knows: that a statement raises a severity and confirms nothing, whoever is named as its source.
Must not know: what follows from it (rules, messages).
"""

from __future__ import annotations

from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.severity import floor_of, rule_hits, seen_severity, worst
from flightrules.state.vocabulary import Severity


def grounded(incident: Incident) -> Severity:
    """The worst severity that a person gave or that the server's own evidence shows.

    Evidence that a person overruled does not count, so an agent cannot restate it.
    """
    hits = rule_hits(incident.baseline or Facts(), frozenset())
    seen = floor_of(tuple(hit for hit in hits if hit.rule not in incident.overruled), incident.confirmed)
    return seen if incident.overruled else worst(seen, incident.shown.worst)


def only_stated(incident: Incident) -> bool:
    """Return True if the current severity rests on nothing but a statement."""
    severity, given = incident.severity, incident.confirmed
    if severity is None or (given is not None and given.rank <= severity.rank):
        return False
    return worst(seen_severity(incident.baseline), incident.shown.worst).rank > severity.rank


def unheard(incident: Incident) -> bool:
    """Return True if the severity is only stated and the public has heard nothing yet.

    A person must confirm the severity first.
    """
    later = incident.raised_at is not None and incident.restored_at is not None
    return (incident.public_at is None or later) and only_stated(incident)


def to_confirm(incident: Incident) -> str:
    """Return the command by which a person confirms the severity."""
    return f"flightrules classify {incident.id} --severity {incident.severity} --reason TEXT"
