from __future__ import annotations

import pytest

from flightrules.state.events import KINDS
from flightrules.state.phases import LEGAL, MOVING, TRANSITIONS, after, diagram
from flightrules.state.vocabulary import Phase


def reachable(start: Phase) -> set[Phase]:
    found, front = {start}, [start]
    while front:
        here = front.pop()
        for (old, _), new in TRANSITIONS.items():
            if old is here and new not in found:
                found.add(new)
                front.append(new)
    return found


@pytest.mark.requirement("ORD-table")
def test_every_phase_is_reachable_from_detection() -> None:
    assert reachable(Phase.DETECTED) == set(Phase)


@pytest.mark.requirement("ORD-no-dead-end")
@pytest.mark.parametrize("phase", Phase)
def test_every_phase_leads_to_the_end(phase: Phase) -> None:
    assert Phase.CLOSED in reachable(phase)


def test_nothing_leads_out_of_the_end() -> None:
    assert reachable(Phase.CLOSED) == {Phase.CLOSED}


@pytest.mark.requirement("APP-needed")
def test_only_a_started_rollback_leads_to_rolling_back_and_only_from_a_decision() -> None:
    ways = {(old, event) for (old, event), new in TRANSITIONS.items() if new is Phase.ROLLING_BACK}
    assert ways == {(Phase.DECIDED, "rollback_started")}


@pytest.mark.requirement("FIX-begin")
def test_only_a_started_fix_leads_to_fixing_and_only_from_a_decision() -> None:
    ways = {(old, event) for (old, event), new in TRANSITIONS.items() if new is Phase.FIXING}
    assert ways == {(Phase.DECIDED, "fix_started")}


@pytest.mark.requirement("VER-before-monitoring")
def test_monitoring_is_entered_only_through_a_restored_verification() -> None:
    ways = {(old, event) for (old, event), new in TRANSITIONS.items() if new is Phase.MONITORING is not old}
    assert ways == {(Phase.VERIFYING, "verification_recorded:restored")}


@pytest.mark.requirement("ORD-table")
def test_the_order_of_the_protocol_is_the_one_path_through_the_table() -> None:
    walked = [Phase.DETECTED]
    for event in (
        "assessment_recorded",
        "severity_classified",
        "path_decided:rollback",
        "rollback_started",
        "rollback_finished:succeeded",
        "verification_recorded:restored",
        "root_cause_recorded",
        "report_written",
        "planner_reported",
        "incident_closed",
    ):
        there = after(walked[-1], event)
        assert there is not None, event
        walked.append(there)
    assert [phase.value for phase in walked] == [
        "detected",
        "assessed",
        "classified",
        "decided",
        "rolling_back",
        "verifying",
        "monitoring",
        "analysed",
        "documented",
        "reported",
        "closed",
    ]


@pytest.mark.requirement("ORD-rolling-back-runs-to-its-end")
def test_a_running_rollback_ends_only_by_its_own_end() -> None:
    events = {event for (old, event) in TRANSITIONS if old is Phase.ROLLING_BACK}
    assert events == {
        f"rollback_finished:{outcome}" for outcome in ("succeeded", "failed", "indeterminate", "untouched")
    }


def test_every_event_of_the_table_exists_and_every_phase_says_what_is_legal() -> None:
    assert set(KINDS) >= MOVING
    assert set(LEGAL) == set(Phase)
    assert LEGAL[Phase.CLOSED] == ()


@pytest.mark.parametrize("phase", [Phase.MONITORING, Phase.ANALYSED, Phase.DOCUMENTED, Phase.REPORTED])
@pytest.mark.requirement("MON-recurrence")
def test_an_incident_can_come_back_in_every_phase_after_restoration(phase: Phase) -> None:
    assert after(phase, "recurrence_detected") is Phase.DECIDED
    assert after(phase, "verification_recorded:not_restored") is Phase.DECIDED
    assert "verify" in LEGAL[phase]


def test_the_diagram_draws_every_row_but_the_standing_down() -> None:
    first, opening, *drawn, note = diagram().splitlines()
    assert (first, opening) == ("stateDiagram-v2", "    [*] --> detected: incident_opened")
    assert "stand down" in note
    told = set()
    for line in drawn:
        arrow, _, label = line.strip().partition(": ")
        assert ":" not in label, "Mermaid ends a label at a second colon"
        old, _, new = arrow.partition(" --> ")
        told |= {(old, event.replace(" ", ":"), new) for event in label.split(", ")}
    assert told == {(old, event, new) for (old, event), new in TRANSITIONS.items() if event != "stood_down"}
