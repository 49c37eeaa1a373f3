"""The report that a team would accept: its parts are there, and the review can be added until closing."""

from __future__ import annotations

from datetime import timedelta

from flightrules.testing.drill import Drill

ACTION = {
    "action": "Bring the guard back",
    "assignee": "sam",
    "due": "2026-01-20",
    "type": "prevent",
    "link": "OPS-12",
}


def test_the_parts_of_a_postmortem_stand_in_the_report_and_the_review_is_added_after_the_brief() -> None:
    with Drill("planner/github") as drill:
        incident = drill.restored()
        drill.call(
            "write_report",
            incident=incident,
            root_cause="The pool was cut in half.",
            trigger="The sale began.",
            contributing=["No load test"],
            lucky=["It was before noon"],
            authors=["Kim Lee"],
            actions=[ACTION],
        )
        drill.call("report_to_planner", incident=incident, technical_debt=["no canary"])
        for line in (
            "- **Report**: draft",
            "- **Authors**: Kim Lee",
            "- **Trigger**: The sale began.",
            "- **Contributing Factor**: No load test",
            "- **Where We Got Lucky**: It was before noon",
            "- **Detection**: via agent",
        ):
            assert line in drill.report()
        assert "Bring the guard back - sam - 2026-01-20 - prevent - OPS-12" in drill.report()
        assert drill.call("write_report", incident=incident, review=["We test under load from now on."])["ok"]
        assert "- **Report**: reviewed" in drill.report()
        assert "- **Review**: We test under load from now on." in drill.report()
        closed = drill.person().close(incident, "")
        assert closed["ok"], closed
        assert not drill.call("write_report", incident=incident, review=["Too late."])["ok"]


def test_the_onset_that_the_server_saw_stands_in_the_timeline() -> None:
    with Drill() as drill:
        now = drill.clock.now()
        usual = (now - timedelta(days=3), "web", "ERROR cache is cold")
        first = (now - timedelta(minutes=7), "web", "ERROR no connection to the pool")
        drill.production.logged = [usual, first, (now - timedelta(minutes=2), "web", "ERROR no connection to the pool")]
        incident = drill.restored()
        drill.call("write_report", incident=incident, root_cause="x")
        line, *_ = [line for line in drill.report().split("\n") if "First error in the log of web" in line]
        assert line.startswith("- **2026-01-05 08:53:00 UTC**")
        report = drill.report()
        assert report.index("deployed, as production") < report.index("First error") < report.index("Incident detected")
