"""The calendar files beside a report: the review to be held, and the action items to be done, each in its own.

Knows: iCalendar as `icalendar` writes it. Must not know: when a review is due (state), or where the file goes.
The same log gives the same bytes: ids and stamps are the incident's own, never made here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from flightrules.state.report.afterwards import Action, Review
from flightrules.state.report.whole import ReportData
from flightrules.state.untrusted import one_line
from flightrules.state.words import moment

if TYPE_CHECKING:
    from icalendar import Calendar, Event, Todo

LINE_BYTES = 1_000


def calendar_file(data: ReportData, review: Review, *, report_path: str) -> str:
    """The review as one event in UTC.

    Nobody has called the review yet, so the file says of no method and of no organizer: whoever imports it is both.
    """
    calendar = _calendar()
    calendar.add_component(_review(data, review, report_path))
    return _text(calendar)


def tasks_file(data: ReportData, *, report_path: str) -> str:
    """Every dated action item as a task; empty where there is none. Calendars take one kind of entry in a file."""
    calendar, review = _calendar(), data.review.action.id if data.review else ""
    for item in data.actions:
        if item.id != review and item.due_on:
            calendar.add_component(_todo(data, item, item.due_on, report_path))
    return _text(calendar) if calendar.subcomponents else ""


def _calendar() -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//flightrules//incident review//EN")
    calendar.add("version", "2.0")
    return calendar


def _review(data: ReportData, review: Review, report_path: str) -> Event:
    from icalendar import Event

    event = Event()
    _name(event, data, review.action.id, f"Post-incident review: {data.incident} {data.title}")
    event.add("dtstart", review.begins.astimezone(UTC))
    event.add("dtend", review.ends.astimezone(UTC))
    says = f"A proposal: move it, but not past {moment(review.deadline)}."
    event.add("description", f"{says} {data.impact.severity.text}, report: {report_path}")
    return event


def _todo(data: ReportData, item: Action, due: date, report_path: str) -> Todo:
    from icalendar import Todo

    todo = Todo()
    _name(todo, data, item.id, item.action)
    todo.add("due", due)
    todo.add("status", "NEEDS-ACTION")
    todo.add("description", one_line(f"{item.id}, assigned to {item.assignee}, report: {report_path}", LINE_BYTES))
    return todo


def _name(part: Event | Todo, data: ReportData, uid: str, summary: str) -> None:
    part.add("uid", f"{uid}@flightrules")
    part.add("dtstamp", _stamp(data))
    part.add("sequence", data.written)
    part.add("summary", one_line(summary, LINE_BYTES))


def _stamp(data: ReportData) -> datetime:
    return data.head.at.astimezone(UTC).replace(microsecond=0)


def _text(calendar: Calendar) -> str:
    text: str = calendar.to_ical().decode("utf-8")
    return text
