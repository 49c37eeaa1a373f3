from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from flightrules.errors import Defect
from flightrules.state import events as e
from flightrules.state.facts import Facts
from flightrules.state.log import Recorded
from flightrules.state.operation import OperationStatus, StepOutcome
from flightrules.state.report.timeline import TimelineEntry, timeline
from flightrules.state.sentences import SAYS, SILENT
from flightrules.state.severity import RuleHit
from flightrules.state.verification import Item
from flightrules.state.vocabulary import Path, Severity, Verdict
from tests.state.stories import (
    AGENT,
    SERVER,
    Story,
    at,
    detected,
    failed_story,
    fix_story,
    plan_of,
    proposed,
    rollback_story,
)


def texts(story: Story) -> list[str]:
    return [entry.text for entry in timeline(story.records)]


def entry(story: Story, begins: str) -> TimelineEntry:
    return next(found for found in timeline(story.records) if found.text.startswith(begins))


def opened() -> Story:
    story = Story()
    detected(story, title="Checkout fails")
    return story


def test_every_kind_of_event_has_a_sentence_or_is_silent_on_purpose() -> None:
    assert set(e.KINDS.values()) == {*SAYS, *SILENT, e.CallRefused}
    assert not SILENT & set(SAYS)


@pytest.mark.requirement("REP-timeline")
def test_the_protocols_own_moments_stand_in_the_timeline_in_order() -> None:
    moments = (
        "Incident detected via",
        "Assessment began",
        "Rollback initiated",
        "Service restored",
        "Verification complete",
    )
    told = texts(rollback_story())
    places = [next(i for i, text in enumerate(told) if text.startswith(moment)) for moment in moments]
    assert places == sorted(places)


def test_a_fix_is_told_as_implemented_with_its_reference() -> None:
    assert "Fix implemented: PR #512; limit raised" in texts(fix_story())


def test_each_entry_names_the_event_and_evidence_it_stands_on() -> None:
    story = rollback_story()
    for found in timeline(story.records):
        record = story.records[int(found.source[1:]) - 1]
        assert record.kind == found.kind
    assert entry(story, "Service restored").evidence == ("E10", "E11", "E12", "E13", "E14", "E15")


def test_detection_stands_at_its_own_time_even_when_recorded_later() -> None:
    found = entry(rollback_story(), "Incident detected")
    assert found.at == at("9:00:00")
    assert found.source == "#2"


def test_onset_is_told_only_when_it_was_stated_apart_from_detection() -> None:
    assert texts(rollback_story())[0].startswith("Onset")
    story = Story()
    detected(story, title="x", onset="9:00:00")
    assert not any(text.startswith("Onset") for text in texts(story))


def test_a_breach_stands_where_the_budget_ran_out_not_where_somebody_noticed() -> None:
    found = entry(failed_story(), "Budget ran out: response (5 min)")
    assert (found.at, found.actor) == (at("9:05:00"), "the clock")


def test_an_approval_names_approver_channel_and_what_the_channel_proves() -> None:
    found = entry(failed_story(), "Plan PLAN-4T9WZC approved")
    assert "Anna Berg" in found.text
    assert "elicitation" in found.text
    assert "a client can answer by itself" in found.text


def test_a_rejection_keeps_its_reason() -> None:
    story = opened()
    rejected = e.ApprovalRejected(plan="PLAN-1", approver="Anna", channel="cli", reason="the\nmigration  is not undone")
    story.add("9:05:00", rejected)
    assert entry(story, "Plan PLAN-1 rejected by Anna").text.endswith("the migration is not undone")


def test_the_same_refusal_in_a_row_is_one_entry_that_counts() -> None:
    told = [text for text in texts(rollback_story()) if text.startswith("Refused")]
    assert told == ["Refused: rollback (not_approved), 2 times until event 27"]


def test_different_refusals_stay_apart() -> None:
    story = opened()
    for call, code in (("a", "out_of_order"), ("b", "not_approved"), ("c", "out_of_order")):
        story.add("9:05:00", e.CallRefused(code=code, answer={}), call=call)
    assert [text for text in texts(story) if text.startswith("Refused")] == [
        "Refused: a call (out_of_order)",
        "Refused: a call (not_approved)",
        "Refused: a call (out_of_order)",
    ]


def test_a_step_is_told_once_however_often_the_host_was_looked_at() -> None:
    story = opened()
    step = StepOutcome(index=0, name="up", started_at=at("9:05:00"), ended_at=at("9:05:07"), exit_status=0)
    for _ in range(3):
        story.add(
            "9:06:00",
            e.OperationSeen(operation="P-1", host="web-1", look=OperationStatus(state="running", steps=(step,))),
        )
    assert [text for text in texts(story) if "step up" in text] == [
        "web-1: step up ended with exit status 0 after 7 s (began 2026-01-05 09:05:00 UTC by the host's clock)"
    ]


def test_a_lost_operation_names_the_step_it_was_lost_in() -> None:
    story = opened()
    step = StepOutcome(index=0, name="up", started_at=at("9:05:00"))
    look = OperationStatus(state="lost", steps=(step,), same_boot=False)
    story.add("9:06:00", e.OperationSeen(operation="P-1", host="web-1", look=look))
    assert "web-1: operation P-1 was lost during up; the host was restarted since" in texts(story)


def test_a_hosts_wrong_clock_does_not_move_its_steps_in_the_timeline() -> None:
    story = opened()
    early = StepOutcome(index=0, name="up", started_at=at("1:00:00"), ended_at=at("1:00:02"), exit_status=0)
    story.add(
        "9:06:00", e.OperationSeen(operation="P-1", host="web-1", look=OperationStatus(state="running", steps=(early,)))
    )
    assert entry(story, "web-1: step up").at == at("9:06:00")


def _verification(verdict: Verdict) -> e.VerificationRecorded:
    outcome = "pass" if verdict is Verdict.RESTORED else "fail" if verdict is Verdict.NOT_RESTORED else "unknown"
    items = (Item.model_validate({"item": "errors stopped in logs", "outcome": outcome, "saw": "3 lines"}),)
    return e.VerificationRecorded(verdict=verdict, items=items, facts=Facts(), evidence=())


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (["inconclusive"], ["Verification: inconclusive; 0 of 1 item pass; errors stopped in logs: 3 lines"]),
        (["not_restored"], ["Verification: not restored; 0 of 1 item pass; errors stopped in logs: 3 lines"]),
        (["restored"], ["Service restored", "Verification complete: 1 of 1 item pass"]),
        (
            ["restored", "not_restored", "restored"],
            [
                "Service restored",
                "Verification complete: 1 of 1 item pass",
                "Monitoring: not restored; 0 of 1 item pass; errors stopped in logs: 3 lines",
                "Service restored",
                "Verification complete: 1 of 1 item pass",
            ],
        ),
    ],
)
def test_a_service_counts_as_restored_only_when_a_verification_said_so(verdicts: list[str], told: list[str]) -> None:
    story = opened()
    for verdict in verdicts:
        story.add("9:30:00", _verification(Verdict(verdict)))
    assert texts(story)[2:] == told


def test_after_a_recurrence_the_next_restoration_is_told_again() -> None:
    story = opened()
    story.add("9:30:00", _verification(Verdict.RESTORED))
    story.add("9:40:00", e.RecurrenceDetected(says="checkout fails again"), actor=SERVER)
    story.add("9:50:00", _verification(Verdict.RESTORED))
    assert texts(story).count("Service restored") == 2
    assert "Recurrence: checkout fails again" in texts(story)


def test_a_severity_that_a_person_lowered_names_the_rules_it_overruled() -> None:
    story = opened()
    hit = RuleHit(rule="seen-outage", severity=Severity.P1, why="nothing answers")
    lowered = e.SeverityClassified(
        severity=Severity.P3, floor=Severity.P1, rules=(hit,), overruled=("seen-outage",), reason="a test environment"
    )
    story.add("9:02:00", lowered)
    assert entry(story, "Classified P3").text == (
        "Classified P3; floor P1 by rules: seen-outage; overruled by a person: seen-outage. Reason: a test environment"
    )


def test_the_rest_of_the_protocol_is_told_too() -> None:
    story = opened()
    story.add("9:10:00", e.PathDecided(path=Path.PERSON, by="rules", reason="one attempt, then a person"))
    story.add("9:11:00", e.PlanDropped(plan="PLAN-1", why="production moved"))
    story.add("9:12:00", e.FixStarted(branch="incident/x", says="raise the limit"))
    story.add("9:13:00", e.FixEnded(outcome="over"))
    story.add("9:14:00", e.ReportWritten(path="docs/r.md", sha256="ab" * 32, given=e.ReportInput()))
    story.add("9:15:00", e.PlannerReported(brief=e.PlannerBrief(), paths=("a.json", "a.md")))
    story.add("9:15:10", e.PlannerReported(brief=e.PlannerBrief(), sinks=("folder", "github")))
    story.add("9:16:00", e.IncidentClosed())
    assert texts(story)[2:] == [
        "Decided by the rules: a person must decide. Reason: one attempt, then a person.",
        "Rollback plan PLAN-1 is void: production moved",
        "Fix began on branch incident/x: raise the limit",
        "Fix over",
        "Incident report written to docs/r.md (SHA-256 abababababab)",
        "Planner informed: a.json, a.md",
        "Brief for the planner queued for: folder, github",
        "Incident closed",
    ]


def test_a_breach_noticed_late_stands_before_what_was_recorded_before_it() -> None:
    story = opened()
    story.add("9:07:00", e.AssessmentStarted(purpose="assess"))
    story.add("9:08:00", e.BudgetBreached(budget="response", limit_s=300, ran_out_at=at("9:05:00")), actor=SERVER)
    assert texts(story)[2:] == ["Budget ran out: response (5 min)", "Assessment began"]


def test_what_could_not_be_done_twice_is_told_twice() -> None:
    story = opened()
    for call in ("a", "b"):
        story.add("9:05:00", e.CallFailed(what="host web-1", answer={}), call=call)
    assert texts(story)[2:] == ["Could not be done: host web-1"] * 2


def test_a_lock_that_a_person_broke_is_told_with_reason_and_end() -> None:
    story = opened()
    story.add("9:05:00", e.LockBreaking(host="web-1", operation="P-1", reason="hangs in the build"))
    story.add("9:05:02", e.LockBroken(host="web-1", operation="P-1", outcome="killed"))
    assert texts(story)[2:] == [
        "web-1: a person ends operation P-1, which is stuck: hangs in the build",
        "web-1: breaking the lock of operation P-1: killed",
    ]


def test_a_false_alarm_ends_with_the_reason_a_person_gave() -> None:
    story = opened()
    story.add("9:10:00", e.StoodDown(reason="a drill"))
    assert texts(story)[-1] == "Stood down: a drill"


def test_long_words_of_others_are_cut_and_say_so() -> None:
    story = opened()
    story.add("9:40:00", e.RecurrenceDetected(says="again " * 200))
    text = entry(story, "Recurrence").text
    assert text.endswith("[...]")
    assert len(text) < 330


def test_the_same_log_gives_the_same_timeline_in_any_time_zone() -> None:
    story = rollback_story()
    there = timezone(timedelta(hours=5, minutes=30))
    moved = [record.model_copy(update={"at": record.at.astimezone(there)}) for record in story.records]
    assert timeline(moved) == timeline(story.records) == timeline(list(story.records))


def test_an_empty_log_has_no_timeline() -> None:
    assert timeline([]) == ()


def test_an_event_of_an_unknown_kind_is_loud() -> None:
    record = Story()
    record.add("9:00:00", e.StoodDown(reason="x"), actor=AGENT)
    strange: Recorded = record.records[0].model_copy(update={"kind": "from_the_future"})
    with pytest.raises(Defect, match="from_the_future"):
        timeline([strange])


@pytest.mark.parametrize(("skew", "said"), [(95.0, "1 min 35 s ahead of"), (-3600.0, "1 h behind"), (12.0, "")])
def test_a_host_whose_clock_differs_is_named_beside_the_plan(skew: float, said: str) -> None:
    story = opened()
    plan = plan_of()
    host, other = plan.hosts
    survey = host.survey.model_copy(update={"clock_skew_s": skew})
    proposed(story, plan.model_copy(update={"hosts": (host.model_copy(update={"survey": survey}), other)}))
    told = [text for text in texts(story) if text.startswith("The clock of web-1")]
    assert (said in told[0]) if said else not told
