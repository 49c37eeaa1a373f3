from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone

import pytest
from pydantic_core import to_json

from flightrules.state import events as e
from flightrules.state.log import broken
from flightrules.state.operation import OperationStatus, StepOutcome
from flightrules.state.policy import Policy
from flightrules.state.report.whole import ReportData, report_data, report_name
from flightrules.state.vocabulary import Path
from flightrules.state.words import Said
from tests.state.stories import (
    GIVEN,
    POLICY,
    SERVER,
    TARGET,
    Story,
    Voices,
    at,
    detected,
    failed_story,
    fix_story,
    plan_of,
    proposed,
    rollback_story,
    rolling,
    sparse_story,
    survey,
)

STORIES = (rollback_story, sparse_story, fix_story, failed_story)


def report_of(story: Story, given: e.ReportInput | None = None) -> ReportData:
    return report_data(story.records, story.incident, TARGET, POLICY, given=given)


def every_said(value: object) -> list[Said]:
    if isinstance(value, Said):
        return [value]
    if isinstance(value, tuple):
        return [said for item in value for said in every_said(item)]
    names = [field.name for field in fields(value)] if is_dataclass(value) else []
    return [said for name in names for said in every_said(getattr(value, name))]


@pytest.mark.parametrize("make", STORIES)
def test_the_stories_are_whole_logs(make: Callable[[], Story]) -> None:
    assert broken(make().records) is None


@pytest.mark.parametrize("make", STORIES)
def test_the_same_log_gives_the_same_bytes(make: Callable[[], Story]) -> None:
    one, other = (to_json(report_of(make(), GIVEN)) for _ in range(2))
    assert one == other
    assert json.loads(one)["incident"] == make().incident_id


@pytest.mark.parametrize("make", STORIES)
def test_every_source_is_an_event_or_a_piece_of_evidence_of_this_log(make: Callable[[], Story]) -> None:
    story = make()
    known = {f"#{record.version}" for record in story.records} | {f"E{n + 1}" for n in range(story.found)}
    report = report_of(story, GIVEN)
    sources = [source for said in every_said(report) for source in said.sources]
    assert sources
    assert set(sources) <= known


@pytest.mark.requirement("REP-impact")
@pytest.mark.parametrize("make", STORIES)
def test_whatever_is_known_of_impact_cause_and_times_says_what_it_stands_on(make: Callable[[], Story]) -> None:
    report = report_of(make())
    said = [report.summary, report.root_cause, report.resolution_time, *every_said(report.impact)]
    assert all(one.sources for one in said if one.known)


def test_durations_are_computed_from_the_log() -> None:
    report = report_of(rollback_story(), GIVEN)
    assert report.impact.duration.text == "2026-01-05 08:58:00 UTC to 2026-01-05 09:06:30 UTC (8 min 30 s)"
    assert report.resolution_time.text == "6 min 30 s"
    assert report.status == "RESOLVED"


@pytest.mark.requirement("REP-resolution")
def test_a_rollback_that_was_proven_is_told_with_its_commit() -> None:
    report = report_of(rollback_story())
    assert (report.rollback.done, report.rollback.reference) == (True, "a1" * 20)
    assert (report.fix.done, report.fix.reference) == (False, "")


@pytest.mark.requirement("REP-resolution")
def test_a_rollback_that_failed_is_not_told_as_done() -> None:
    report = report_of(failed_story())
    assert not report.rollback.done
    assert report.rollback.says.startswith("attempted, failed: web-1: step build ended")
    assert report.status == "OPEN"


def test_a_rollback_that_still_runs_is_not_told_as_done() -> None:
    story = rollback_story()
    story.records = story.records[:34]
    assert report_of(story).rollback.says == "under way, no end on record"


@pytest.mark.requirement("REP-resolution")
@pytest.mark.parametrize(
    ("outcome", "done", "says"),
    [
        ("deployed", True, "limit raised"),
        ("failed", False, "attempted, failed: limit raised"),
        ("abandoned", False, "attempted, abandoned: limit raised"),
        ("over", False, "attempted, over: limit raised"),
    ],
)
def test_only_a_deployed_fix_is_told_as_done(outcome: str, done: bool, says: str) -> None:  # noqa: FBT001
    story = fix_story()
    story.records = story.records[:18]
    ended = e.FixEnded.model_validate({"outcome": outcome, "reference": "PR #512", "says": "limit raised"})
    story.add("9:14:00", ended)
    fix = report_of(story).fix
    assert (fix.done, fix.says, fix.reference) == (done, says, "PR #512")


@pytest.mark.requirement("FIX-checklist")
def test_a_fix_that_was_taken_with_open_points_says_so_in_the_report() -> None:
    story = fix_story()
    story.records = story.records[:18]
    story.add(
        "9:14:00", e.FixEnded(outcome="deployed", reference="#512", deployment="run 81", unchecked=("documented",))
    )
    assert report_of(story).fix.says == "deployment run 81; nothing shows of it: documented"


def test_a_fix_that_still_runs_is_not_told_as_done() -> None:
    story = fix_story()
    story.records = story.records[:18]
    assert report_of(story).fix.says == "under way, no end on record"


@pytest.mark.requirement("REP-impact", "REP-missing-said")
def test_what_nobody_supplied_is_named_and_never_invented() -> None:
    report = report_of(sparse_story())
    assert report.missing == (
        "severity",
        "users affected",
        "services affected",
        "duration",
        "business impact",
        "root cause",
        "resolution time",
        "what went well",
        "what could be improved",
        "prevention measures",
        "action items",
        "related",
    )
    unknown = [said.text for said in every_said(report) if not said.known]
    assert all("not known" in text and text != "not known" for text in unknown)
    assert "the service is not restored" in report.impact.duration.text


def test_a_whole_report_misses_nothing() -> None:
    assert report_of(rollback_story(), GIVEN).missing == ()


def test_services_that_could_not_be_read_are_not_told_as_unaffected() -> None:
    assert report_of(sparse_story()).impact.services_affected.text == (
        "not known: services or checks could not be read"
    )


def test_a_root_cause_recorded_as_not_known_stays_not_known() -> None:
    story = rollback_story()
    story.add("9:50:00", e.RootCauseRecorded(root_cause="not known: nobody stated one", known=False))
    report = report_of(story, GIVEN)
    assert not report.root_cause.known
    assert report.missing == ("root cause",)


def test_a_later_classification_without_impact_does_not_take_it_back() -> None:
    story = rollback_story()
    first = next(r for r in story.records if r.kind == "severity_classified")
    again = e.SeverityClassified.model_validate({**first.data, "users_affected": " ", "business_impact": ""})
    story.records = story.records[:19]
    story.add("9:01:20", again)
    impact = report_of(story).impact
    assert impact.users_affected.text == "all customers, about 1,200 in the window"
    assert impact.users_affected.sources == ("#17",)
    assert impact.severity.sources == ("#20",)


def test_after_a_recurrence_the_incident_is_open_again() -> None:
    story = rollback_story()
    story.add("9:45:00", e.RecurrenceDetected(says="checkout fails again"), actor=SERVER)
    report = report_of(story)
    assert report.status == "OPEN"
    assert not report.impact.duration.known
    assert report.impact.duration.sources == ("#2",)


def test_a_breached_budget_is_told_under_what_could_be_improved() -> None:
    said = [one for one in report_of(failed_story()).improve if "response budget" in one.text]
    assert [(one.text, one.sources) for one in said] == [
        ("Observed: the response budget of 5 min ran out at 2026-01-05 09:05:00 UTC.", ("#24",))
    ]


def test_a_mitigation_inside_its_time_is_told_under_what_went_well_and_a_late_one_is_not() -> None:
    told = [one.text for one in report_of(rollback_story()).went_well]
    assert told == [
        "not known: nobody stated it",
        "Observed: the first mitigation began 4 min 20 s after detection, inside the 5 min for P1.",
        "Observed: the rollback took 1 min 40 s from approval to proof, inside the 10 min it may take.",
    ]
    assert not any(one.known for one in report_of(failed_story()).went_well)


@pytest.mark.requirement("REP-review-item")
def test_the_review_is_an_action_item_for_p1_within_the_policys_days() -> None:
    story = rollback_story()
    policy = Policy.model_validate({"budgets": {"review_days": 3}})
    actions = report_data(story.records, story.incident, TARGET, policy, given=GIVEN).actions
    assert (actions[-1].action, actions[-1].due) == (
        "Hold the post-incident review with everyone concerned",
        "2026-01-08",
    )
    assert actions[-1].id == "INC-7K2QMX-REVIEW"
    assert actions[-1].sources == ("#17", "#50")
    assert report_of(fix_story()).actions == ()


def test_a_review_that_somebody_planned_is_not_asked_for_twice() -> None:
    planned = e.ActionItem(action="Hold the post-incident review", assignee="", due="2026-01-08")
    actions = report_of(rollback_story(), e.ReportInput(actions=(planned,))).actions
    assert [(item.action, item.assignee) for item in actions] == [("Hold the post-incident review", "not assigned")]


def test_what_an_earlier_report_was_given_is_kept_when_nothing_new_is_given() -> None:
    story = rollback_story()
    story.add("9:41:00", e.ReportWritten(path="r.md", sha256="ab" * 32, given=GIVEN))
    story.add("9:42:00", e.ReportWritten(path="r.md", sha256="cd" * 32, given=e.ReportInput()))
    for given in (None, e.ReportInput()):
        report = report_of(story, given)
        assert report.went_well[0].text == GIVEN.went_well[0]
        assert report.went_well[0].sources == ("#62",)


def test_a_later_report_replaces_what_it_is_given_and_keeps_the_rest() -> None:
    story = rollback_story()
    story.add("9:41:00", e.ReportWritten(path="r.md", sha256="ab" * 32, given=GIVEN))
    story.add("9:42:00", e.CallReceived(tool="write_report", arguments={}))
    report = report_of(story, e.ReportInput(prevention=("A canary.",), users_affected="1,240 customers"))
    assert [(said.text, said.sources) for said in report.prevention] == [("A canary.", ("#63",))]
    assert (report.went_well[0].text, report.went_well[0].sources) == (GIVEN.went_well[0], ("#62",))
    assert (report.impact.users_affected.text, report.impact.users_affected.sources) == ("1,240 customers", ("#63",))
    assert report.impact.business_impact.sources == ("#17",)


def item(action: str, assignee: str = "Ada") -> e.ActionItem:
    return e.ActionItem(action=action, assignee=assignee, due="2026-01-12")


@pytest.mark.requirement("REP-action-ids")
def test_an_action_item_keeps_its_id_from_report_to_report_and_no_id_is_given_twice() -> None:
    story = fix_story()
    first, second = (item("test"), item("alert"), item("test")), (item("alert", "Ben"), item("canary"))
    assert [one.id for one in report_of(story, e.ReportInput(actions=first)).actions] == [
        "INC-AVATAR-A1",
        "INC-AVATAR-A2",
        "INC-AVATAR-A3",
    ]
    story.add("9:41:00", e.ReportWritten(path="r.md", sha256="ab" * 32, given=e.ReportInput(actions=first)))
    again = report_of(story, e.ReportInput(actions=second)).actions
    assert [(one.id, one.assignee) for one in again] == [("INC-AVATAR-A2", "Ben"), ("INC-AVATAR-A4", "Ada")]


@pytest.mark.requirement("COM-review-calendar")
@pytest.mark.parametrize(
    ("restored", "days", "begins"),
    [
        ("2026-01-05T09:06:30+00:00", 7, "2026-01-09T10:00:00+00:00"),  # the deadline is a Monday before 10
        ("2026-01-05T11:00:00+00:00", 7, "2026-01-12T10:00:00+00:00"),
        ("2026-01-05T23:30:00-05:00", 1, "2026-01-06T10:00:00+00:00"),
        ("2026-01-03T12:00:00+00:00", 1, "2026-01-04T11:00:00+00:00"),  # a weekend: the hour before the deadline
        ("2026-01-09T10:30:00+00:00", 2, "2026-01-11T09:30:00+00:00"),
    ],
)
def test_a_review_is_proposed_in_working_hours_where_there_are_any_and_never_past_its_deadline(
    restored: str, days: int, begins: str
) -> None:
    policy = Policy.model_validate({"budgets": {"review_days": days}})
    incident = rollback_story().incident.but(restored_at=datetime.fromisoformat(restored))
    records = rollback_story().records
    review = report_data(records, incident, TARGET, policy).review
    assert review is not None
    assert review.begins == datetime.fromisoformat(begins)
    assert incident.restored_at is not None
    assert incident.restored_at <= review.begins < review.ends <= review.deadline


@pytest.mark.requirement("COM-review-calendar")
def test_no_review_is_scheduled_for_a_mild_incident_or_before_the_service_is_restored() -> None:
    assert report_of(fix_story()).review is None
    assert report_of(failed_story()).review is None


def test_related_things_stand_under_the_protocols_labels() -> None:
    given = e.ReportInput(related=("Issue: #9", "ADR: 12", "feature spec: login", "a wiki page", "FEATURE-3", " "))
    links = [(link.label, link.what.text) for link in report_of(rollback_story(), given).related]
    assert links == [
        ("Feature Spec", "login, FEATURE-3"),
        ("ADR", "12"),
        ("Follow-up Issue", "#9"),
        ("", "a wiki page"),
    ]


def test_the_head_of_the_log_is_the_newest_events_number_and_hash() -> None:
    story = rollback_story()
    head = report_of(story).head
    assert (head.version, head.hash) == (len(story.records), story.records[-1].hash)


def test_the_report_shows_what_ran_and_what_did_not() -> None:
    first, second = report_of(failed_story()).appendix.operations
    assert [(step.name, step.outcome, step.undone) for step in first.steps] == [
        ("save", "exit status 0, 2 s", True),
        ("checkout", "exit status 0, 2 s", True),
        ("save", "exit status 0, 2 s", False),
        ("save", "exit status 0, 2 s", False),
        ("build", "exit status 17, 2 s", False),
        ("up", "did not run", False),
    ]
    assert second.outcome == "not touched"
    assert {step.outcome for step in second.steps} == {"did not run"}


def test_an_operation_nobody_has_seen_the_end_of_says_so() -> None:
    story = rollback_story()
    story.records = story.records[:31]
    assert report_of(story).appendix.operations[0].outcome == "handed over; never seen since"
    step = StepOutcome(index=0, name="checkout", started_at=at("9:04:26"))
    look = OperationStatus(state="lost", steps=(step,))
    story.add("9:04:30", e.OperationSeen(operation="PLAN-4T9WZC-1", host="web-1", look=look))
    run = report_of(story).appendix.operations[0]
    assert run.outcome == "lost when last seen; no end is on record"
    assert run.steps[0].outcome == "began; no end was seen"


def test_an_approval_is_shown_with_digests_channel_and_what_was_acknowledged() -> None:
    plan = plan_of(survey("web-1", changed=("migrations/0042.sql",)), survey("web-2"))
    given = report_of(rollback_story(plan=plan)).appendix.approvals[0]
    assert (given.approver, given.channel, given.intent, given.review) == ("Anna Berg", "cli", plan.intent, plan.review)
    assert given.acknowledged == plan.acknowledge
    assert "typed the plan's digest" in given.proves


def test_a_rejection_is_shown_too() -> None:
    story = rollback_story()
    story.records = story.records[:23]
    rejected = e.ApprovalRejected(plan="PLAN-4T9WZC", approver="Anna Berg", channel="cli", reason="not on a Monday")
    story.add("9:03:00", rejected)
    shown = report_of(story).appendix.approvals[0]
    assert (shown.approved, shown.reason) == (False, "not on a Monday")


def test_evidence_is_listed_with_what_it_says_or_why_it_could_not_be_read() -> None:
    pieces = {piece.id: piece for piece in report_of(rollback_story()).appendix.evidence}
    assert len(pieces) == 21
    assert pieces["E8"].says == "could not be read: no answer within 5 s"
    assert not pieces["E8"].readable
    assert pieces["E1"].says == "The status is 500, not 200 (status 500, 31 ms); tells release b2b2b2b2b2b2"


def test_the_checklist_is_that_of_the_newest_verification() -> None:
    story = rollback_story()
    checked = report_of(story).appendix.verification
    assert checked is not None
    assert checked.source == "#59"
    assert {item.outcome for item in checked.items} == {"pass"}


def test_a_second_rollback_attempt_is_told_instead_of_the_first() -> None:
    story = failed_story()
    person = e.PathDecided(path=Path.ROLLBACK, by="person", reason="try the build again")
    story.add("9:20:00", person)
    plan = plan_of(incident="INC-FAILED").model_copy(update={"id": "PLAN-SECOND"})
    proposed(story, plan)
    rolling(story, plan)
    report = report_of(story)
    assert report.rollback.says == "under way, no end on record"
    assert [run.operation for run in report.appendix.operations][2:] == ["PLAN-SECOND-1", "PLAN-SECOND-2"]


@pytest.mark.requirement("REP-filed")
@pytest.mark.parametrize("hours", [-11, 0, 14])
def test_the_report_is_filed_under_the_day_of_detection_in_utc(hours: int) -> None:
    story = Story()
    detected(story, title="x")
    there = at("9:00:00").astimezone(timezone(timedelta(hours=hours)))
    opened = story.records[1].model_copy(update={"data": {**story.records[1].data, "detected_at": there.isoformat()}})
    story.records[1] = opened
    name = report_name(story.incident, POLICY)
    assert name == "docs/06-operations/incident-response/2026-01-05-INC-7K2QMX.md"


def test_stated_words_are_kept_whole_and_as_they_are() -> None:
    cause = "a *very* long cause\nin two lines " + "x" * 3000
    report = report_of(rollback_story(Voices(cause=cause)), GIVEN)
    assert report.root_cause.text == f"Hypothesis, no evidence is cited: {cause}"
