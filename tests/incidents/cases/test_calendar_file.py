"""Calendars take the files beside a report (RFC 5546, gcalcli 300, nextcloud calendar 5849): one kind of entry each."""

from __future__ import annotations

import icalendar
from ical.calendar_stream import IcsCalendarStream

from flightrules.testing.drill import Drill

REFUSED = (
    {"action": "", "assignee": "sam", "due": "2026-02-01"},
    {"action": "x", "assignee": "sam", "due": "2020-01-01"},
    {"action": "x", "assignee": "sam", "due": "2026-W06-1"},
)


def test_calendar_file() -> None:
    with Drill() as drill:
        i = drill.restored()
        actions = [{"action": "Bring the guard back", "assignee": "sam", "due": "2026-01-20"}]
        drill.call("write_report", incident=i, root_cause="x", actions=actions)
        files = [text for path, text in drill.documents.items() if path.endswith(".ics")]
        assert len(files) == 2
        for text in files:
            IcsCalendarStream.calendar_from_ics(text)
            calendar = icalendar.Calendar.from_ical(text)
            kinds = sorted({str(part.name) for part in calendar.subcomponents})
            assert len(kinds) == 1, f"one kind of component for each METHOD: {kinds}"
            organized = all("ORGANIZER" in part for part in calendar.subcomponents)
            assert "METHOD" not in calendar or organized, "METHOD:PUBLISH has an organizer"
        told = [drill.call("write_report", incident=i, actions=[one])["ok"] for one in REFUSED]
        assert not any(told), f"an empty item, a date long past and a week are refused: {told}"


def test_an_item_that_nobody_is_named_for_says_so_in_the_answer_and_in_the_report() -> None:
    with Drill() as drill:
        incident = drill.restored()
        actions = [{"action": "Bring the guard back", "assignee": " ", "due": "2026-01-20"}]
        answer = drill.call("write_report", incident=incident, root_cause="x", actions=actions)
        assert f"Nobody is named to do {incident}-A1" in answer["says"]
        assert "Bring the guard back - not assigned - 2026-01-20" in drill.report()
