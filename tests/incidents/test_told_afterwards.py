"""What is over when it is told: nobody is woken for it, and a report says nothing of production that was not seen."""

from __future__ import annotations

from flightrules.testing.drill import Drill


def test_nobody_is_woken_for_budgets_that_ran_out_before_an_incident_was_opened_that_is_over() -> None:
    with Drill("internal/1", "escalation/1") as drill:
        i = drill.opened(
            "Mails were not sent",
            onset_at="2026-01-04T06:00:00Z",
            detected_at="2026-01-04T09:30:00Z",
            detected_via="mail",
        )
        for tool in ("assess", "classify", "decide"):
            drill.call(tool, incident=i)
        drill.person().mitigated(i, "none", "the queue was emptied", at="2026-01-04T12:00:00Z")
        drill.advance(60)
        assert drill.mail["escalation/1"].titles == []
        assert any("before the incident was opened here" in text for text in drill.mail["internal/1"].texts)
        drill.call("verify", incident=i)
        drill.call("write_report", incident=i, root_cause="x")
        assert "that a mitigation began at 2026-01-04 12:00:00 UTC was told later" in drill.report()


def test_what_is_bad_now_wakes_people_however_late_it_was_opened() -> None:
    with Drill("escalation/1") as drill:
        drill.production.broken_checks = {("checkout", drill.production.releases[-1])}
        i = drill.opened("Checkout fails", detected_at="2026-01-05T08:30:00Z")
        for tool in ("assess", "classify", "decide"):
            drill.call(tool, incident=i)
        drill.advance(1)
        assert [one for one in drill.mail["escalation/1"].titles if "No mitigation has started in time" in one]


def test_the_report_of_a_false_alarm_does_not_call_a_healthy_service_down() -> None:
    with Drill() as drill:
        i = drill.decided("Latency alarm in the night")
        drill.person().close(i, "false alarm")
        drill.call("write_report", incident=i, root_cause="the probe")
        report = drill.report()
        assert "not restored" not in report
        assert "a false alarm: nothing was seen to fail" in report
