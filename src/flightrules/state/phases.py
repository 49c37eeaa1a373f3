"""The transition table: which event moves which phase where, and which calls are legal in a phase.

Knows: the whole order of the protocol, in one place; the state diagram in the docs is drawn from here.
Must not know: conditions beyond the phase itself (decide.py holds those).
"""

from __future__ import annotations

from flightrules.state.vocabulary import Path, Phase, Verdict

P = Phase

RESTORED = (P.MONITORING, P.ANALYSED, P.DOCUMENTED, P.REPORTED)
"""Phases after restoration: watched for 24 hours, so the incident can come back in each of them."""

MITIGABLE = (P.ASSESSED, P.CLASSIFIED, P.DECIDED, P.INVESTIGATING, P.FIXING)
"""Phases in which it may turn out to be mended by hand, or over by itself."""

TRANSITIONS: dict[tuple[Phase, str], Phase] = {
    (P.DETECTED, "assessment_recorded"): P.ASSESSED,
    (P.DETECTED, "severity_classified"): P.CLASSIFIED,
    (P.ASSESSED, "assessment_recorded"): P.ASSESSED,
    (P.ASSESSED, "severity_classified"): P.CLASSIFIED,
    (P.CLASSIFIED, "severity_classified"): P.CLASSIFIED,
    (P.CLASSIFIED, "assessment_recorded"): P.CLASSIFIED,
    **{(P.CLASSIFIED, f"path_decided:{path}"): P.DECIDED for path in (Path.ROLLBACK, Path.FIX, Path.PERSON)},
    (P.CLASSIFIED, "path_decided:investigate"): P.INVESTIGATING,
    (P.DECIDED, "severity_classified"): P.CLASSIFIED,
    (P.DECIDED, "assessment_recorded"): P.DECIDED,
    **{(P.DECIDED, f"path_decided:{path}"): P.DECIDED for path in (Path.ROLLBACK, Path.FIX, Path.PERSON)},
    (P.DECIDED, "path_decided:investigate"): P.INVESTIGATING,
    (P.DECIDED, "rollback_started"): P.ROLLING_BACK,
    (P.DECIDED, "fix_started"): P.FIXING,
    (P.INVESTIGATING, "assessment_recorded"): P.INVESTIGATING,
    (P.INVESTIGATING, "severity_classified"): P.INVESTIGATING,
    **{(P.INVESTIGATING, f"path_decided:{path}"): P.DECIDED for path in (Path.ROLLBACK, Path.FIX, Path.PERSON)},
    (P.INVESTIGATING, "path_decided:investigate"): P.INVESTIGATING,
    (P.ROLLING_BACK, "rollback_finished:succeeded"): P.VERIFYING,
    (P.ROLLING_BACK, "rollback_finished:failed"): P.DECIDED,
    (P.ROLLING_BACK, "rollback_finished:indeterminate"): P.DECIDED,
    (P.FIXING, "fix_ended:deployed"): P.VERIFYING,
    (P.FIXING, "fix_ended:failed"): P.DECIDED,
    (P.FIXING, "fix_ended:abandoned"): P.DECIDED,
    (P.FIXING, "fix_ended:over"): P.DECIDED,
    (P.VERIFYING, f"verification_recorded:{Verdict.RESTORED}"): P.MONITORING,
    (P.VERIFYING, f"verification_recorded:{Verdict.NOT_RESTORED}"): P.DECIDED,
    (P.ROLLING_BACK, "rollback_finished:untouched"): P.DECIDED,
    (P.VERIFYING, f"verification_recorded:{Verdict.INCONCLUSIVE}"): P.VERIFYING,
    **{(P.VERIFYING, f"path_decided:{path}"): P.DECIDED for path in (Path.ROLLBACK, Path.FIX)},
    (P.VERIFYING, "path_decided:investigate"): P.INVESTIGATING,
    **{
        (p, f"verification_recorded:{verdict}"): P.DECIDED if verdict is Verdict.NOT_RESTORED else p
        for p in RESTORED
        for verdict in Verdict
    },
    **{(p, "recurrence_detected"): P.DECIDED for p in RESTORED},
    (P.MONITORING, "root_cause_recorded"): P.ANALYSED,
    (P.ANALYSED, "root_cause_recorded"): P.ANALYSED,
    (P.ANALYSED, "report_written"): P.DOCUMENTED,
    (P.DOCUMENTED, "root_cause_recorded"): P.DOCUMENTED,
    (P.DOCUMENTED, "report_written"): P.DOCUMENTED,
    (P.DOCUMENTED, "planner_reported"): P.REPORTED,
    (P.REPORTED, "root_cause_recorded"): P.REPORTED,
    (P.REPORTED, "report_written"): P.REPORTED,
    (P.REPORTED, "incident_closed"): P.CLOSED,
    **{(p, f"mitigated_otherwise:{how}"): P.VERIFYING for p in MITIGABLE for how in ("by_hand", "none")},
    (P.DECIDED, "fix_ended:deployed"): P.VERIFYING,
    **{(p, "stood_down"): P.CLOSED for p in P if p not in (P.ROLLING_BACK, P.REPORTED, P.CLOSED)},
}
"""(phase, event) to phase. An event not listed for a phase leaves it as it is, unless it is one of `MOVING`."""

STAYS = frozenset(
    {
        *((p, "severity_classified") for p in (P.ROLLING_BACK, P.FIXING, P.VERIFYING, *RESTORED)),
        *((p, "mitigated_otherwise:by_hand") for p in (P.VERIFYING, *RESTORED)),
        (P.CLOSED, "root_cause_recorded"),
        (P.CLOSED, "report_written"),
    }
)
"""Pairs of phase and event in which the phase stays as it is, although the event moves other phases.

A severity may change until the end. A further step is a line of the timeline. An incident that was stood down may still
have its report.
"""

MOVING = frozenset(event.partition(":")[0] for _, event in TRANSITIONS)
"""Events that move phases: one of these in a phase without a row is a defect."""

LEGAL: dict[Phase, tuple[str, ...]] = {
    P.DETECTED: ("assess", "classify"),
    P.ASSESSED: ("classify", "assess"),
    P.CLASSIFIED: ("decide", "classify", "assess"),
    P.DECIDED: ("rollback", "fix", "decide", "classify", "assess"),
    P.INVESTIGATING: ("decide", "assess", "classify"),
    P.ROLLING_BACK: ("rollback", "classify"),
    P.FIXING: ("fix", "classify"),
    P.VERIFYING: ("verify", "classify"),
    P.MONITORING: ("analyze", "write_report", "verify", "classify"),
    P.ANALYSED: ("write_report", "analyze", "verify", "classify"),
    P.DOCUMENTED: ("report_to_planner", "write_report", "analyze", "verify", "classify"),
    P.REPORTED: ("close", "write_report", "verify", "classify"),
    P.CLOSED: (),
}
"""Calls a phase allows, the natural next one first. `incident_status` is legal always and changes nothing."""

PERSON_DECIDES = (P.CLASSIFIED, P.DECIDED, P.INVESTIGATING, P.FIXING, P.VERIFYING, *RESTORED)
"""Phases in which a person may take the decision, whatever stands; a rollback that runs is never decided away."""


def after(phase: Phase, event: str) -> Phase | None:
    """The phase after an event (`kind` or `kind:outcome`), or None where the table has no such row."""
    return phase if (phase, event) in STAYS else TRANSITIONS.get((phase, event))


def diagram() -> str:
    """The transition table as a Mermaid state diagram, one arrow for all events between two phases."""
    arrows: dict[tuple[Phase, Phase], list[str]] = {}
    for (old, event), new in TRANSITIONS.items():
        if event != "stood_down":
            # In a label of Mermaid's a second colon ends the label.
            arrows.setdefault((old, new), []).append(event.replace(":", " "))
    rows = [f"    {old} --> {new}: {', '.join(events)}" for (old, new), events in arrows.items()]
    note = "    note right of closed: a person may stand down any incident that is not rolling back"
    return "\n".join(["stateDiagram-v2", f"    [*] --> {P.DETECTED}: incident_opened", *rows, note]) + "\n"
