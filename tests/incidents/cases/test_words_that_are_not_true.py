"""The public reads nothing that the log does not show (GitHub, October 2018; GitLab, 2017; supercheck 270)."""

from __future__ import annotations

import pytest

from flightrules.testing.drill import Drill


def test_the_public_reads_nothing_that_the_log_does_not_show() -> None:
    with Drill("external/1") as drill:
        drill.production.broken |= set(drill.production.releases)
        for host in drill.production.hosts.values():
            host.deploys = host.deploys[:1]
        drill.decided()
        drill.advance(1)
        assert "We know what to do" not in drill.mail["external/1"].texts[-1], (
            "rules do not decide: the public does not read that it is known what to do"
        )
        assert "We have noticed a problem" in drill.mail["external/1"].texts[-1]
    with Drill("external/1") as drill:
        i = drill.opened("A leaked token was used")
        drill.call("assess", incident=i)
        drill.call("classify", incident=i, impacts=["security_breach"])
        drill.advance(1)
        assert drill.mail["external/1"].texts == [], "a breach that is only stated waits for a person"
        drill.person().classify(i, "P1", "the token was used")
        drill.advance(1)
        assert "It is not available." not in drill.mail["external/1"].texts[-1], (
            "a breach with everything up is not told as an outage"
        )


def test_solved_follows_the_watch_and_waits_for_no_analysis() -> None:
    with Drill("external/1") as drill:
        i = drill.restored()
        drill.call("analyze", incident=i, root_cause={"says": "x", "evidence": ["E1"]})
        drill.advance(1)
        assert "The problem is solved." not in drill.mail["external/1"].texts[-1], (
            "one minute after restoration it is not `solved` yet: the watch has begun"
        )
    with Drill("external/1") as drill:
        drill.restored()
        for _ in range(30 * 4):
            drill.advance(900)
        assert "solved" in drill.mail["external/1"].texts[-1], (
            "watched for a day without a fault: the public hears that it is over"
        )


def test_an_outage_that_only_an_agent_states_is_not_told_to_the_public() -> None:
    with Drill("external/1", "escalation/1") as drill:
        i = drill.opened("Everything is down")
        drill.call("assess", incident=i)
        drill.call("classify", incident=i, impacts=["complete_outage"])
        drill.advance(1)
        assert drill.mail["external/1"].texts == []
        assert "Not confirmed" in drill.mail["escalation/1"].messages[0].text
        drill.production.down = True
        drill.call("assess", incident=i)
        drill.advance(1)
        assert "It is not available." in drill.mail["external/1"].texts[-1]


def test_a_recurrence_is_told_as_back() -> None:
    with Drill("external/1") as drill:
        drill.restored()
        drill.production.broken.add(drill.production.releases[-2])
        for _ in range(40):
            drill.advance(60)
        assert "The problem is back." in drill.mail["external/1"].texts[-1]


@pytest.mark.parametrize(("unreachable", "said"), [("", "not available"), ("no route", "important part")])
def test_a_service_that_goes_away_after_it_was_degraded_is_told_so_where_its_hosts_still_answer(
    unreachable: str, said: str
) -> None:
    """Found by the machine: the public read of a degradation for hours while nothing answered."""
    with Drill("external/1") as drill:
        drill.production.broken_checks = {("checkout", drill.production.releases[-1])}
        i = drill.decided()
        drill.person().classify(i, "P1", "checkout is what we live from")
        drill.advance(60)
        assert "important part" in drill.mail["external/1"].texts[-1]
        drill.production.down = True
        for host in drill.production.hosts.values():
            host.unreachable = unreachable
        for _ in range(14):
            drill.advance(300)
        assert said in drill.mail["external/1"].texts[-1]
