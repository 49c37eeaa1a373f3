from __future__ import annotations

import json

import pytest

from flightrules.state import events as e
from flightrules.state.report.summary import BriefData, completion_data, planner_brief_data
from flightrules.state.report.whole import report_data
from tests.state.stories import GIVEN, POLICY, TARGET, Story, failed_story, fix_story, rollback_story, sparse_story

BRIEF = e.PlannerBrief(
    quality_issues=("q",), process_improvements=("p",), spec_updates=("s",), technical_debt=("t", "u")
)


def brief_of(story: Story) -> BriefData:
    data = report_data(story.records, story.incident, TARGET, POLICY, given=GIVEN)
    return planner_brief_data(data, BRIEF, report_path="docs/r.md")


@pytest.mark.requirement("PLA-brief")
def test_the_brief_holds_what_was_reported_and_what_the_incident_came_to() -> None:
    brief = brief_of(rollback_story())
    assert (brief.quality_issues, brief.process_improvements) == (("q",), ("p",))
    assert (brief.spec_updates, brief.technical_debt) == (("s",), ("t", "u"))
    assert (brief.incident, brief.target, brief.status, brief.severity.text) == ("INC-7K2QMX", "shop", "RESOLVED", "P1")
    assert brief.decision.text == "rollback, by the rules: critical incidents are rolled back at once"
    assert brief.report_path == "docs/r.md"
    assert [item.assignee for item in brief.actions] == ["payments team", "Anna Berg", "not assigned"]


def test_the_brief_tells_what_the_planner_should_know_of_the_protocol() -> None:
    rolled_back, failed = brief_of(rollback_story()), brief_of(failed_story())
    assert rolled_back.refusals == (("not_approved", 2),)
    assert rolled_back.budgets_breached == ()
    assert [said.sources for said in failed.budgets_breached] == [("#24",)]
    assert [said.text for said in failed.unreadable] == ["memory on web-2 could not be read: no answer within 5 s"]
    assert [said.text.partition(":")[0] for said in failed.rebuilt] == ["web-1"]
    assert rolled_back.rebuilt == ()


def test_the_brief_survives_json_and_comes_back_the_same() -> None:
    brief = brief_of(rollback_story())
    plain = json.dumps(brief.model_dump(mode="json"), ensure_ascii=False)
    assert BriefData.model_validate_json(plain) == brief


def test_the_brief_carries_the_head_of_the_log_it_was_made_from() -> None:
    story = rollback_story()
    head = brief_of(story).head
    assert (head.version, head.hash) == (story.records[-1].version, story.records[-1].hash)


def test_a_persons_decision_is_told_as_a_persons() -> None:
    story = failed_story()
    story.add("9:20:00", e.PathDecided.model_validate({"path": "rollback", "by": "person", "reason": "again"}))
    assert brief_of(story).decision.text == "rollback, by a person: again"


def test_where_nothing_was_decided_the_brief_says_so() -> None:
    brief = brief_of(sparse_story())
    assert not brief.decision.known
    assert "severity" in brief.missing


def test_the_completion_takes_every_part_from_the_report() -> None:
    story = fix_story()
    data = report_data(story.records, story.incident, TARGET, POLICY, given=GIVEN)
    done = completion_data(data, report_path="docs/r.md")
    assert (done.fix.done, done.fix_pr, done.rollback.done) == (True, "#512", False)
    assert (done.status, done.time_to_resolve.text, done.root_cause) == ("RESOLVED", "15 min", data.root_cause)
    assert done.actions == data.actions


def test_no_fix_gives_no_pull_request() -> None:
    story = rollback_story()
    data = report_data(story.records, story.incident, TARGET, POLICY)
    assert completion_data(data, report_path="docs/r.md").fix_pr == ""
