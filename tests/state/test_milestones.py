"""The timeline for people: 25 lines at most, whatever happened; the machine's own stands in the appendix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from flightrules.state import events as e
from flightrules.state.report.entry import TimelineEntry
from flightrules.state.report.milestones import MOST, folded, milestones
from flightrules.state.report.whole import ReportData, report_data
from tests.state.stories import (
    GIVEN,
    POLICY,
    TARGET,
    Story,
    analysed_story,
    at,
    failed_story,
    fix_story,
    recurrence_story,
    rollback_story,
    sparse_story,
)

STORIES = (rollback_story, analysed_story, recurrence_story, sparse_story, fix_story, failed_story)


def report_of(story: Story, given: e.ReportInput | None = None) -> ReportData:
    return report_data(story.records, story.incident, TARGET, POLICY, given=given)


def entry(text: str, kind: str = "update_posted", **changes: object) -> TimelineEntry:
    plain = TimelineEntry(at=at("9:00:00"), kind=kind, text=text, actor="agent a", source="#1")
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", STORIES)
@pytest.mark.requirement("REP-timeline")
def test_the_timeline_for_people_has_at_most_25_lines_and_each_is_one_of_the_machines(
    make: Callable[[], Story],
) -> None:
    report = report_of(make(), GIVEN)
    assert 0 < len(report.timeline) <= MOST
    assert set(report.timeline) <= set(report.machine_timeline)
    assert list(report.timeline) == [one for one in report.machine_timeline if one in report.timeline]


@pytest.mark.parametrize("kind", ["update_posted", "severity_classified", "rollback_started"])
def test_however_much_happens_the_ends_and_the_turns_stay(kind: str) -> None:
    many = [entry(f"{n}", kind, at=at("9:00:00") + timedelta(minutes=n)) for n in range(300)]
    first, last = entry("detected", "incident_opened"), entry("closed", "incident_closed")
    chosen = milestones([first, *many, last])
    assert len(chosen) <= MOST
    assert (chosen[0], chosen[-1]) == (first, last)


def test_what_happens_in_one_second_is_one_line_and_nothing_is_lost() -> None:
    steps = [entry("step a", evidence=("E1",)), entry("step b", evidence=("E2",)), entry("step c", actor="agent b")]
    assert [(one.text, one.evidence) for one in folded(steps)] == [("step a; step b", ("E1", "E2")), ("step c", ())]


def test_the_deployment_before_the_onset_stands_in_the_timeline_and_beside_a_trigger_that_nobody_stated() -> None:
    report = report_of(rollback_story())
    assert report.timeline[0].text.startswith("Release b2b2b2b2b2b2 deployed")
    assert report.trigger.text == "nobody stated it; release b2b2b2b2b2b2 was deployed 17 min before onset"
    given = e.ReportInput(trigger="The currency switch was turned on")
    assert report_of(rollback_story(), given).trigger.text == "The currency switch was turned on"


def test_the_detection_says_how_it_was_noticed_and_how_long_it_was_not() -> None:
    assert report_of(rollback_story()).impact.detection.text == "via uptime alert, 2 min after onset"


def test_a_report_is_a_draft_until_its_review_came_to_something() -> None:
    assert report_of(rollback_story()).reviewed == ()
    given = e.ReportInput(review=("The alert must name the currency.",), authors=("Anna Berg",))
    report = report_of(rollback_story(), given)
    assert [said.text for said in report.reviewed] == ["The alert must name the currency."]
    assert report.authors == ("Anna Berg",)
