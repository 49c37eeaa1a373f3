"""Clients decline by themselves (anthropics/claude-code 79174, 41292, 89858, 62319): nobody was asked."""

from __future__ import annotations

import pytest

from flightrules.testing.drill import Drill


@pytest.mark.parametrize("tries", [1, 2])
def test_nobody_was_asked(tries: int) -> None:
    with Drill("approvers/1") as drill:
        drill.agent.user = "decline"
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.decided()
        for n in range(tries):
            told = drill.call("rollback", incident=i)
            drill.advance(1)
            way = f"try {n + 1}: the agent is told of the way by the terminal: {told['says']}"
            assert "flightrules approve" in told["says"], way
        assert drill.person().approve(i)["ok"], f"try {tries}: a person can approve in a terminal"
        assert drill.mail["approvers/1"].messages, "approvers heard of it"
        said = [event for event in drill.log(i) if event["kind"] == "approval_rejected"]
        assert not said, "the log does not say that a person said no"
        assert drill.call("rollback", incident=i)["phase"] == "verifying"
