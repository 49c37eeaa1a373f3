"""By which words an incident is found again, and what whoever finds it is told.

Knows: which parts of an incident somebody would search by. Must not know: how a search works.
"""

from __future__ import annotations

from flightrules.state.events import ReportInput
from flightrules.state.facts import Facts
from flightrules.state.incident import Incident
from flightrules.state.value import Value
from flightrules.state.vocabulary import Phase, Severity
from flightrules.state.words import short

SIGNATURES = 20
"""Error signatures that an incident is found by, the most frequent first."""
LONGEST = 200
"""Characters of somebody's own words that a match repeats; the report holds them whole."""


class Seen(Value):
    """An earlier incident, in short."""

    incident: str
    title: str
    phase: Phase
    severity: Severity | None = None
    root_cause: str
    resolution: str
    report: str = ""
    """Path of its report under the target's `docs_dir`; empty where none was written."""


def new_words(before: Incident, after: Incident) -> str | None:
    """The text an incident is found by from now on; None where it stays as it was."""
    if _found_by(before) == _found_by(after):  # as in most turns, and seen before any text is made
        return None
    words = words_of(after)
    return words if words != words_of(before) else None


def words_of(incident: Incident) -> str:
    """The text an incident is found by: what was seen, said and done."""
    own, added, facts, reference = _found_by(incident)
    signatures = [signature for signature, _ in facts.errors[:SIGNATURES]] if facts else []
    actions = [item.action for item in added.actions]
    return "\n".join([*own, added.summary, *added.prevention, *actions, *signatures, reference])


def _found_by(incident: Incident) -> tuple[tuple[str, ...], ReportInput, Facts | None, str]:
    """All that the text is made of."""
    own = (incident.id, incident.target, incident.title, incident.description, incident.root_cause or "")
    return own, incident.added, incident.baseline or incident.facts, incident.fix_reference


def seen(incident: Incident) -> Seen:
    """Return the summary of an incident for a person who looks for similar ones."""
    return Seen(
        incident=incident.id,
        title=_cut(incident.title),
        phase=incident.phase,
        severity=incident.severity,
        root_cause=_cut(incident.root_cause or "not known"),
        resolution=_cut(_resolution(incident)),
        report=incident.report_path or "",
    )


def _resolution(incident: Incident) -> str:
    if incident.restored_at is None:
        return "not restored" if incident.mitigation else "nothing was done"
    if incident.mitigation == "rollback" and incident.rollback_plan:
        plan = incident.rollback_plan
        return f"rollback from {short(plan.from_release)} to {short(plan.to_release)}"
    return f"fix {incident.fix_reference}".strip()


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 6].rstrip()} [...]"
