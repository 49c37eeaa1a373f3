"""The phases of the protocol as one line: what is done, what goes on, what is to come.

Knows: the words for each stop. Must not know: which phase follows which (state/phases.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flightrules.state.incident import Incident
from flightrules.state.vocabulary import Path, Phase

State = Literal["done", "now", "to come"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop on the line of phases."""

    word: str
    state: State


_AT = {
    Phase.DETECTED: 0,
    Phase.ASSESSED: 1,
    Phase.CLASSIFIED: 2,
    Phase.INVESTIGATING: 2,
    Phase.DECIDED: 3,
    Phase.ROLLING_BACK: 3,
    Phase.FIXING: 3,
    Phase.VERIFYING: 4,
    Phase.MONITORING: 5,
    Phase.ANALYSED: 6,
    Phase.DOCUMENTED: 7,
    Phase.REPORTED: 8,
    Phase.CLOSED: 9,
}
"""The stop at which each phase works."""

_MITIGATED = {
    "rollback": "Rolled back",
    "fix": "Fixed",
    "by_hand": "Mended by hand",
    "none": "Over by itself",
    "": "Mitigated",
}


def phase_line(incident: Incident) -> tuple[Stop, ...]:
    """Return the line of one incident."""
    current = _AT[incident.phase]
    words = (
        ("Assessed", "Assessing", incident.assessed_at is not None),
        ("Classified", "Classifying", incident.severity is not None),
        ("Decided", _deciding(incident), incident.decided_at is not None),
        (_MITIGATED[incident.mitigation], _mitigating(incident), incident.mitigation_ended_at is not None),
        ("Restored", "Verifying", incident.restored_at is not None),
        ("Analysed", "Watching, analysing", incident.root_cause is not None),
        ("Documented", "Documenting", incident.report_path is not None),
        ("Reported", "Reporting", incident.reported),
        ("Closed", "Closing", False),
        ("", "Stood down" if incident.stood_down else "Closed", False),
    )
    stops = [
        Stop(word=now if place == current else done, state=_state(place, current, reached=reached))
        for place, (done, now, reached) in enumerate(words)
    ]
    return tuple(stops[:-1]) if current < len(stops) - 1 else (*stops[:-2], stops[-1])


def _state(place: int, current: int, *, reached: bool) -> State:
    if place == current:
        return "now"
    return "done" if reached and place < current else "to come"


def _deciding(incident: Incident) -> str:
    return "Investigating" if incident.phase is Phase.INVESTIGATING else "Deciding"


def _mitigating(incident: Incident) -> str:
    if incident.phase is Phase.ROLLING_BACK:
        return "Rolling back"
    if incident.phase is Phase.FIXING:
        return "Fixing"
    words = {Path.ROLLBACK: "Rollback decided", Path.FIX: "Fix decided", Path.PERSON: "A person decides"}
    return words.get(incident.path, "Mitigating") if incident.path else "Mitigating"
