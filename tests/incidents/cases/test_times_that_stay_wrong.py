"""Times that the analysis or the server corrects (OneUptime 2142/1806, Codecov of April 2021, SecuritySkills 622)."""

from __future__ import annotations

from datetime import timedelta

from flightrules.state.words import span
from flightrules.testing.drill import Drill
from tests.incidents.acting import rolled_back
from tests.incidents.cases.reading import line


def test_the_onset_that_was_found_gives_the_duration() -> None:
    with Drill() as drill:
        drill.clock.advance(3600)
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.decided()
        rolled_back(drill, i)
        first = (drill.clock.now() - timedelta(minutes=50)).isoformat()
        seen = [{"at": first, "says": "first customer got a 500", "source": "proxy log"}]
        drill.call("analyze", incident=i, observed=seen, root_cause={"says": "x", "evidence": ["O1"]})
        drill.call("write_report", incident=i, summary="x")
        assert "50 min" in line(drill, "- **Duration"), "the onset that was found gives the duration"


def test_verified_late_the_end_is_where_the_server_proved_it() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.decided()
        drill.agent.user = "yes"
        drill.call("rollback", incident=i)
        for _ in range(180):
            drill.advance(60)
        drill.call("verify", incident=i)
        drill.call("write_report", incident=i, root_cause="x")
        assert "(3 h" not in line(drill, "- **Duration"), "verified late: the end is where the server proved it"


def test_healthy_hours_between_two_outages_are_no_outage() -> None:
    with Drill() as drill:
        i = drill.restored()
        for _ in range(18):
            drill.advance(600)
        drill.production.broken.add(drill.production.releases[-2])
        for _ in range(40):
            drill.advance(60)
        drill.person().decide(i, "rollback", "older")
        drill.call("rollback", incident=i)
        drill.advance(60)
        drill.call("verify", incident=i)
        drill.call("write_report", incident=i, root_cause="x")
        named = "healthy hours between two outages are no outage, or are named"
        assert "(3 h" not in line(drill, "- **Duration"), named
        assert "(4 h" not in line(drill, "- **Duration"), named
        assert "in 2 outages" in line(drill, "- **Duration")


def test_a_breach_that_began_61_days_ago_can_be_opened_with_its_onset() -> None:
    with Drill() as drill:
        onset = (drill.clock.now() - timedelta(days=61)).isoformat()
        told = drill.call("open_incident", target="shop", title="Uploader was changed by strangers", onset_at=onset)
        assert told["ok"], f"a breach that began 61 days ago can be opened with its onset: {told['says']}"


def test_24_h_11_min_is_told_so() -> None:
    assert span(timedelta(hours=24, minutes=11)) == "24 h 11 min"
