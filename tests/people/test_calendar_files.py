"""Calendars take the files beside a report: one kind of entry each, and no method where nobody called the review."""

from __future__ import annotations

import icalendar
from ical.calendar_stream import IcsCalendarStream

from tests.incidents.room import room

REFUSED = (
    {"action": "", "assignee": "sam", "due": "2026-02-01"},
    {"action": "x", "assignee": "sam", "due": "2020-01-01"},
    {"action": "x", "assignee": "sam", "due": "2026-W06-1"},
)


def test_each_file_has_one_kind_of_entry_and_an_organizer_where_it_has_a_method() -> None:
    with room() as r:
        incident = r.restored()
        actions = [{"action": "Bring the guard back", "assignee": "sam", "due": "2026-01-20"}]
        r.call("write_report", incident=incident, root_cause="x", actions=actions)
        files = r.papers(".ics")
        assert len(files) == 2
        for text in files:
            IcsCalendarStream.calendar_from_ics(text)
            calendar = icalendar.Calendar.from_ical(text)
            kinds = sorted({str(part.name) for part in calendar.subcomponents})
            assert "METHOD" not in calendar or len(kinds) == 1
            assert "METHOD" not in calendar or all("ORGANIZER" in part for part in calendar.subcomponents)
            assert len(kinds) == 1
        told = [r.call("write_report", incident=incident, actions=[one])["ok"] for one in REFUSED]
        assert not any(told)


def test_an_item_that_nobody_is_named_for_says_so_in_the_answer_and_in_the_report() -> None:
    with room() as r:
        incident = r.restored()
        actions = [{"action": "Bring the guard back", "assignee": " ", "due": "2026-01-20"}]
        answer = r.call("write_report", incident=incident, root_cause="x", actions=actions)
        assert f"Nobody is named to do {incident}-A1" in answer["says"]
        assert "Bring the guard back - not assigned - 2026-01-20" in r.report()
