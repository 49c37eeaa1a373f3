"""Incidents that are over when they are told: nobody is paged, and the report states only what was seen."""

from __future__ import annotations

from pathlib import Path

from flightrules.state.fix import CHECKLIST
from flightrules.testing.drill import Drill
from flightrules.testing.sessions import replayed
from tests.incidents.acting import fix_begun


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
        assert "the mitigation began at 2026-01-04 12:00:00 UTC was told later" in drill.report()


def test_what_is_bad_now_wakes_people_however_late_it_was_opened() -> None:
    with Drill("escalation/1") as drill:
        drill.production.broken_checks = {("checkout", drill.production.releases[-1])}
        i = drill.opened("Checkout fails", detected_at="2026-01-05T08:30:00Z")
        for tool in ("assess", "classify", "decide"):
            drill.call(tool, incident=i)
        drill.advance(1)
        assert [one for one in drill.mail["escalation/1"].titles if "No mitigation has started in time" in one]


def fixed(drill: Drill, minutes: int) -> tuple[str, dict[str, object]]:
    """A fix that is deployed after so many minutes and told after 31; the incident, and what its end is told with."""
    i = fix_begun(drill)
    for minute in range(40):
        if minute == minutes:
            drill.production.deploy("c" * 40)
        drill.advance(60)
    shown = [{"item": item, "evidence": "seen"} for item in CHECKLIST]
    return i, {"incident": i, "action": "deployed", "reference": "c" * 12, "checks": shown}


def test_when_a_fix_was_out_that_is_told_late_is_read_from_productions_own_record(tmp_path: Path) -> None:
    with Drill() as drill:
        i, late = fixed(drill, 20)
        asked = drill.call("fix", **late)["problem"]
        assert (asked["code"], "`assess`" in asked["remedy"]) == ("out_of_time", True)
        drill.call("assess", incident=i)
        told = drill.call("fix", **late)
        assert (told["ok"], told["phase"]) == (True, "verifying"), told["says"]
        (ended,) = [one["data"] for one in drill.log(i) if one["kind"] == "fix_ended"][1:]
        assert ended["deployed_at"].startswith("2026-01-05T09:20")
        assert replayed(drill.save(i, tmp_path / "late.jsonl")).word == "identical"


def test_a_fix_that_production_shows_to_be_late_does_not_count_as_in_time() -> None:
    with Drill() as drill:
        i, late = fixed(drill, 35)
        drill.call("assess", incident=i)
        refused = drill.call("fix", **late)["problem"]
        assert (refused["code"], "not deployed in time" in refused["reason"]) == ("out_of_time", True)


def test_the_report_of_a_false_alarm_does_not_call_a_healthy_service_down() -> None:
    with Drill() as drill:
        i = drill.decided("Latency alarm in the night")
        drill.person().close(i, "false alarm")
        drill.call("write_report", incident=i, root_cause="the probe")
        report = drill.report()
        assert "not restored" not in report
        assert "a false alarm: nothing was seen to fail" in report
