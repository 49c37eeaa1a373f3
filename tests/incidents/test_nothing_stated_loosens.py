"""Statements of an agent loosen no rule: severities for weaker channels, times, names that look alike."""

from __future__ import annotations

from typing import Any

import pytest

from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.testing.drill import Drill

FAST_FOR_P1 = Policy(
    approval=ApprovalPolicy(
        allowed_signers="/signers",
        channels=ChannelsBySeverity(P1=("elicitation",), P2=("signed",), P3=("signed",), P4=("signed",)),
    )
)
"""A form is enough for an outage, so that it is over sooner; anything milder is signed."""
RAISED: dict[str, Any] = {"severity": "P1", "reason": "the board asks"}


@pytest.mark.parametrize("given", [RAISED, {"impacts": ["complete_outage"]}], ids=["raised", "stated"])
def test_a_stated_severity_reaches_no_weaker_channel_than_the_seen_one(given: dict[str, Any]) -> None:
    with Drill(policy=FAST_FOR_P1) as drill:
        newest = drill.production.releases[-1]
        drill.production.broken_checks = {("avatar", newest)}
        incident = drill.opened()
        drill.call("assess", incident=incident)
        assert drill.call("classify", incident=incident, **given)["severity"] == "P1"
        drill.call("decide", incident=incident)
        drill.agent.user = "yes"
        answer = drill.call("rollback", incident=incident)
        assert answer["result"]["state"] == "awaiting_approval"
        assert "--key" in answer["result"]["tell_user"]
        assert drill.agent.forms == []
        assert drill.production.hosts["web-1"].serving == newest


def test_a_severity_that_was_seen_keeps_its_own_channels() -> None:
    with Drill(policy=FAST_FOR_P1) as drill:
        drill.production.broken.add(drill.production.releases[-1])
        incident = drill.decided()
        drill.agent.user = "yes"
        assert drill.call("rollback", incident=incident)["result"]["state"] == "succeeded"


def test_a_severity_that_a_person_gave_has_its_own_channels() -> None:
    with Drill(policy=FAST_FOR_P1) as drill:
        drill.production.broken_checks = {("avatar", drill.production.releases[-1])}
        incident = drill.opened()
        drill.call("assess", incident=incident)
        assert drill.person().classify(incident, "P1", "all of our customers in one country")["ok"]
        drill.call("decide", incident=incident)
        drill.agent.user = "yes"
        assert drill.call("rollback", incident=incident)["result"]["state"] == "succeeded"


@pytest.mark.parametrize(
    "other",
    ["\u0430da", "a\u200bda", "ADA", "a\uff44a", "\u00e1da", "ad\u03b1", "ada\uff20elsewhere"],
    ids=["another script", "not to be seen", "capitals", "wide", "accent", "Greek", "wide at"],
)
def test_names_that_look_alike_are_not_two_people(other: str) -> None:
    with Drill(policy=Policy(approval=ApprovalPolicy(approvers=2))) as drill:
        drill.production.broken.add(drill.production.releases[-1])
        incident = drill.decided()
        drill.call("rollback", incident=incident)
        assert drill.person("ada").approve(incident)["ok"]
        refused = drill.person(other).approve(incident)
        assert refused["problem"]["code"] == "same_approver"
        assert drill.person("bob").approve(incident)["ok"]


def test_a_later_detection_of_a_duplicate_unlocks_no_classification() -> None:
    with Drill() as drill:
        incident = drill.opened()
        drill.clock.advance(60)
        joined = drill.call(
            "open_incident",
            target="shop",
            title="the same",
            duplicate_of=incident,
            detected_at="2026-01-05T08:00:00Z",
        )
        assert joined["ok"]
        refused = drill.call("classify", incident=incident, impacts=["edge_case"])
        assert refused["problem"]["code"] == "out_of_order"
