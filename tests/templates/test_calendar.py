"""The calendar file beside a report, read back by the library that calendars use and by the rules of its format."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from flightrules.state import events as e
from flightrules.state.report.whole import ReportData, report_data
from flightrules.templates.calendar import calendar_file, tasks_file
from tests.state.stories import GIVEN, POLICY, TARGET, Story, Voices, rollback_story
from tests.templates.golden import check_golden

PATH = "docs/06-operations/incident-response/2026-01-05-INC-7K2QMX.md"


def data_of(story: Story, given: e.ReportInput = GIVEN) -> ReportData:
    return report_data(story.records, story.incident, TARGET, POLICY, given=given)


def file_of(data: ReportData) -> str:
    assert data.review is not None
    return calendar_file(data, data.review, report_path=PATH)


def tasks_of(data: ReportData) -> str:
    return tasks_file(data, report_path=PATH)


@pytest.mark.requirement("COM-review-calendar")
def test_the_calendar_file_reads_as_committed() -> None:
    check_golden("review.ics", file_of(data_of(rollback_story())).replace("\r\n", "\n"))
    check_golden("review-tasks.ics", tasks_of(data_of(rollback_story())).replace("\r\n", "\n"))


@pytest.mark.requirement("COM-review-calendar")
def test_a_strict_parser_takes_each_file_which_has_one_kind_of_entry_and_no_method() -> None:
    data = data_of(rollback_story())
    review = IcsCalendarStream.calendar_from_ics(file_of(data))
    tasks = IcsCalendarStream.calendar_from_ics(tasks_of(data))
    assert (len(review.events), len(review.todos)) == (1, 0)
    assert (len(tasks.events), len(tasks.todos)) == (0, 2)
    for calendar in (Calendar.from_ical(file_of(data)), Calendar.from_ical(tasks_of(data))):
        assert len({part.name for part in calendar.subcomponents}) == 1
        assert "METHOD" not in calendar


@pytest.mark.requirement("COM-review-calendar")
def test_the_review_is_an_hour_in_utc_before_its_deadline_and_action_items_are_tasks_with_their_dates() -> None:
    calendar = Calendar.from_ical(file_of(data_of(rollback_story())))
    tasks = Calendar.from_ical(tasks_of(data_of(rollback_story())))
    (event,) = calendar.walk("VEVENT")
    assert str(event["uid"]) == "INC-7K2QMX-REVIEW@flightrules"
    assert event.decoded("dtstart") == datetime(2026, 1, 9, 10, tzinfo=UTC)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=1)
    assert event.decoded("dtstart").tzname() == "UTC"
    assert "2026-01-12 09:06:30 UTC" in str(event["description"])
    assert [(str(todo["uid"]), todo.decoded("due"), str(todo["summary"])) for todo in tasks.walk("VTODO")] == [
        ("INC-7K2QMX-A1@flightrules", date(2026, 1, 12), "Test checkout with three currencies"),
        ("INC-7K2QMX-A2@flightrules", date(2026, 1, 9), "Alert on checkout errors"),
    ]


def test_it_keeps_the_rules_of_its_format_and_holds_no_time_zone_but_utc() -> None:
    text = file_of(data_of(rollback_story()))
    assert "\n" not in tasks_of(data_of(rollback_story())).replace("\r\n", "")
    lines = text.split("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert max(len(line.encode()) for line in lines) <= 75
    assert "TZID" not in text
    assert Calendar.from_ical(text).errors == []
    assert all(part.errors == [] for part in Calendar.from_ical(text).walk())


@pytest.mark.requirement("REP-deterministic", "COM-review-calendar")
def test_the_same_log_gives_the_same_bytes_and_a_later_report_a_higher_sequence() -> None:
    story = rollback_story()
    first = file_of(data_of(story))
    assert first == file_of(data_of(rollback_story()))
    story.add("9:41:00", e.ReportWritten(path="r.md", sha256="ab" * 32, given=GIVEN))
    (event,) = Calendar.from_ical(file_of(data_of(story))).walk("VEVENT")
    assert (event.decoded("sequence"), event.decoded("dtstamp")) == (1, datetime(2026, 1, 5, 9, 41, tzinfo=UTC))


def test_a_review_that_somebody_planned_is_not_a_task_as_well() -> None:
    planned = e.ActionItem(action="Hold the post-incident review", assignee="Ada", due="2026-01-08")
    calendar = Calendar.from_ical(file_of(data_of(rollback_story(), e.ReportInput(actions=(planned,)))))
    assert tasks_of(data_of(rollback_story(), e.ReportInput(actions=(planned,)))) == ""
    assert [str(event["uid"]) for event in calendar.walk("VEVENT")] == ["INC-7K2QMX-A1@flightrules"]


@pytest.mark.parametrize(
    "attack",
    [
        "x\r\nEND:VEVENT\r\nBEGIN:VALARM",
        "a;b,c\\d",
        "x\nATTENDEE:mailto:a@evil.example",
        "\u202e\x00\x1b[2J",
        "ü" * 300,
    ],
)
def test_hostile_text_adds_nothing_to_the_calendar(attack: str) -> None:
    action = e.ActionItem(action=attack[:300], assignee=attack[:80], due="2026-01-12")
    given = e.ReportInput(actions=(action,))
    data = data_of(rollback_story(Voices(title=attack)), given)
    for text, kind in ((file_of(data), "VEVENT"), (tasks_of(data), "VTODO")):
        calendar = Calendar.from_ical(text)
        IcsCalendarStream.calendar_from_ics(text)
        assert [part.name for part in calendar.walk()] == ["VCALENDAR", kind]
        assert not any("attendee" in {key.lower() for key in part} for part in calendar.walk())
