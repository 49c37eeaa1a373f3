"""The severity rises after the restoration (GitLab, 31 January 2017: what was lost was counted afterwards)."""

from __future__ import annotations

from flightrules.testing.drill import Drill
from tests.incidents.acting import rolled_back
from tests.incidents.cases.reading import line


def watched(drill: Drill) -> str:
    """A P1 that is rolled back, restored, and solved for the public."""
    drill.production.broken_checks.add(("avatar", drill.production.releases[-1]))
    i = drill.decided("Avatar upload broken")
    drill.agent.user = "yes"
    drill.call("post_update", incident=i, text="Avatars cannot be changed.", external=True)
    drill.person().approve_update(i, "U1")
    drill.call("rollback", incident=i)
    drill.advance(60)
    drill.call("verify", incident=i)
    for _ in range(35):
        drill.advance(60)
    assert "The problem is solved." in drill.mail["external/1"].texts[-1]
    return i


def test_a_breach_that_is_found_after_the_watch_is_not_called_solved() -> None:
    with Drill("external/1") as drill:
        i = watched(drill)
        drill.person().classify(i, "P1", "forensics found a stolen token", impacts=["security_breach"])
        drill.advance(60)
        told = drill.mail["external/1"].messages[-1]
        assert "worse than we first knew" in told.text
        assert not any(word in f"{told.title} {told.text}" for word in ("solved", "Resolved"))


def test_a_breach_that_only_an_agent_states_afterwards_waits_for_a_person() -> None:
    with Drill("external/1", "approvers/1") as drill:
        i = watched(drill)
        told = len(drill.mail["external/1"].texts)
        drill.call("classify", incident=i, impacts=["security_breach"], reason="it looks so")
        drill.advance(60)
        assert len(drill.mail["external/1"].texts) == told
        assert "for the public waits" in drill.mail["approvers/1"].titles[-1]
        drill.person().classify(i, "P1", "forensics confirms")
        drill.advance(60)
        assert "worse than we first knew" in drill.mail["external/1"].texts[-1]


def test_a_severity_may_rise_after_the_restoration() -> None:
    with Drill("external/1") as drill:
        drill.production.broken_checks.add(("avatar", drill.production.releases[-1]))
        i = drill.decided("Avatar upload broken")
        rolled_back(drill, i)
        agent = drill.call("classify", incident=i, impacts=["data_loss"], reason="300 uploads are gone")
        person = drill.person().classify(i, "P1", "300 uploads are gone")
        assert agent["ok"], "somebody can raise the severity"
        assert person["ok"], "somebody can raise the severity"
        drill.call("write_report", incident=i, root_cause="x", business_impact="300 uploads lost")
        assert "REVIEW" in drill.report(), "a review is due"
        drill.advance(1)
        assert "worse than we first knew" in drill.mail["external/1"].texts[-1]
        drill.person().classify(i, "P3", "the uploads were found again")
        drill.call("write_report", incident=i)
        assert "P1 at its worst, set to P3 by a person" in line(drill, "- **Severity")


def test_what_any_assessment_saw_counts_for_good() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.opened("x")
        drill.call("assess", incident=i)
        drill.production.broken.clear()
        drill.call("assess", incident=i)
        drill.production.broken.add(drill.production.releases[-1])
        for tool in ("classify", "decide"):
            drill.call(tool, incident=i)
        rolled_back(drill, i)
        drill.call("write_report", incident=i, root_cause="x")
        assert "checkout" in line(drill, "- **Services Affected"), line(drill, "- **Services Affected")
