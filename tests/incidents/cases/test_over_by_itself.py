"""Opened after the fact, over by itself (OneUptime 2142 and 1806, Status-Page 475, openstatus 620/832)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flightrules.testing.drill import Drill
from flightrules.testing.sessions import replayed
from tests.incidents.cases.reading import line


def told_after_the_fact(drill: Drill) -> str:
    """Open an outage of last night that is over, and let the rules decide; return its id."""
    now = drill.clock.now()
    i = drill.opened(
        "Provider outage last night, 40 minutes",
        detected_at=(now - timedelta(hours=14)).isoformat(),
        onset_at=(now - timedelta(hours=14, minutes=5)).isoformat(),
        detected_via="customer mail",
    )
    drill.call("assess", incident=i)
    drill.call("classify", incident=i, impacts=["complete_outage"])
    told = drill.call(
        "decide",
        incident=i,
        root_cause="the provider was down",
        outside_release=True,
        reason="its status page says so",
    )
    assert told["result"]["path"] != "rollback", "healthy now and a cause outside: no rollback is advised"
    return i


def test_over_by_itself() -> None:
    with Drill("external/1", "escalation/1") as drill:
        i = told_after_the_fact(drill)
        drill.person().decide(i, "investigate", "it was over before we opened it")
        ways = {
            "verify": drill.call("verify", incident=i)["ok"],
            "accept": drill.person().accept(i, "over")["ok"],
            "write_report": drill.call("write_report", incident=i, summary="x")["ok"],
        }
        drill.advance(1)
        drill.person().close(i, "over by itself")
        ways["report after standing down"] = drill.call("write_report", incident=i, summary="x")["ok"]
        assert any(ways.values()), f"some way leads to a report: {ways}"
        public = "".join(drill.mail["external/1"].texts)
        assert "It is not available." not in public, "nobody reads that it is not available now"


def test_what_was_over_by_itself_has_a_way_to_its_report() -> None:
    with Drill("external/1", "escalation/1") as drill:
        i = told_after_the_fact(drill)
        over = (drill.clock.now() - timedelta(hours=13, minutes=25)).isoformat()
        drill.call("fix", incident=i, action="none", says="the provider was back by itself", at=over)
        assert drill.call("verify", incident=i)["ok"] is False, "an agent's word alone changes nothing"
        assert drill.person().mitigated(i, "none")["ok"]
        assert drill.call("verify", incident=i)["result"]["verdict"] == "restored"
        drill.person().correct(i, "as the log shows", ended_at=over)
        drill.call("write_report", incident=i, summary="x")
        assert "(40 min)" in line(drill, "- **Duration"), line(drill, "- **Duration")
        assert "the provider was back by itself" in line(drill, "- **None needed"), drill.report()
        drill.advance(1)
        public = "".join(drill.mail["external/1"].texts)
        assert "It is not available." not in public, "nobody reads that it is not available now"


def test_an_incident_that_was_stood_down_may_have_its_report() -> None:
    with Drill() as drill:
        i = drill.decided()
        drill.person().close(i, "handed over to the provider")
        assert drill.call("write_report", incident=i, summary="x")["ok"]
        assert "Stood down (handed over)" in drill.report()


def test_what_was_mended_by_hand_is_verified_watched_and_reported(tmp_path: Path) -> None:
    with Drill("internal/1", "approvers/1", "external/1") as drill:
        drill.production.down = True
        i = drill.decided()
        drill.production.down = False
        claimed = drill.call("fix", incident=i, action="by_hand", says="failed over to the other region", who="Lee")
        assert "flightrules mitigated" in claimed["says"]
        drill.advance(1)
        assert "confirm" in drill.mail["approvers/1"].titles[-1]
        drill.person().mitigated(i, "by_hand")
        drill.advance(1)
        assert "checking whether it helped" in drill.mail["external/1"].texts[-1]
        assert drill.call("verify", incident=i)["phase"] == "monitoring"
        drill.person().mitigated(i, "by_hand", "switched the flag back", who="Lee")
        drill.call("write_report", incident=i, root_cause="x")
        assert "failed over to the other region (Lee)" in drill.report()
        assert "switched the flag back" in drill.report()
        assert replayed(drill.save(i, tmp_path / "by-hand.jsonl")).good
