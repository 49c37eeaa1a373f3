"""The list names every open incident, however many were opened and closed since (HolmesGPT 2433, prime-agent 1326)."""

from __future__ import annotations

from flightrules.testing.drill import Drill


def test_open_one_not_listed() -> None:
    with Drill() as drill:
        real = drill.opened("The real one")
        for n in range(25):
            drill.person().close(drill.opened(f"false alarm {n}"), "false alarm")
        told = drill.call("incident_status")
        listed = [one["incident"] for one in told["result"]["incidents"]]
        assert real in listed, "the open incident is in the list"
        assert listed[0] == real
        assert told["says"].startswith("1 open incident"), f"one incident is said to be open: {told['says']}"
        assert f"Open incidents: {real}." in drill.call("assess", incident="INC-999999")["problem"]["remedy"]
