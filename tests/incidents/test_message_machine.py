"""The machine over messages finds nothing, and its oracle finds what is not so; `make messages` plays it for longer."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flightrules.testing.drill import Drill
from tests.incidents import oracle
from tests.incidents.machine import play
from tests.incidents.oracle import NEGATIVE, Model, untrue

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.mark.timeout(300)
def test_whatever_fails_and_whenever_nothing_false_doubled_or_out_of_order_is_read() -> None:
    steps, read = play(400, 1, at_once=10)
    assert steps >= 400
    assert read > 50


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Model(), "\n**Impact**: It is not available."),
        (Model(seen=["up", "major"]), "At the moment we see no problem."),
        (Model(seen=["down"]), "\n**Impact**: A part of it does not work as it should."),
        (Model(seen=["down"]), "As far as we see, it is up."),
        (Model(), "We are still working on a remedy."),
        (Model(), "A remedy is in place."),
        (Model(remedied=True), "The service works again."),
        (Model(restored_at=NOON, latest=NOON + timedelta(minutes=29)), "The problem is solved."),
        (Model(), "The problem is back."),
        (Model(seen=["minor"], closed="false alarm"), "This was a false alarm."),
    ],
)
def test_the_oracle_finds_what_is_not_so(model: Model, said: str) -> None:
    assert [*untrue(model, f"x\n{said}")]


def test_the_oracle_lets_pass_what_is_so() -> None:
    watched = Model(seen=["down", "up"], restored_at=NOON, latest=NOON + timedelta(minutes=31))
    assert [*untrue(watched, "Resolved: The problem is solved. The service works again.")] == []
    assert [
        *untrue(Model(seen=["up", "down"], work=True), "We are working on a remedy.\n**Impact**: It is not available.")
    ] == []
    assert NEGATIVE.search("it took -5 min")
    assert not NEGATIVE.search("2026-01-05 09:00, 3-5 min, INC-5 minutes")


def test_the_oracle_knows_nothing_of_the_product() -> None:
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.startswith("flightrules")]


def test_a_decision_that_is_handed_over_again_and_again_is_told_once() -> None:
    """Found by the machine: an agent that calls `decide` in a loop sent the same letter each time."""
    with Drill("internal/1", "approvers/1") as drill:
        drill.production.down = True
        i = drill.decided()
        for _ in range(3):
            drill.call("decide", incident=i, root_cause="x", outside_release=True, fix_minutes=60, reason="x")
        drill.advance(1)
        for name in drill.mail:
            assert len([title for title in drill.mail[name].titles if "has to decide" in title]) == 1, drill.mail[
                name
            ].titles


def test_a_decision_that_was_taken_back_is_not_told_once_there_is_a_newer_one() -> None:
    """Found by the machine: the letter of the first decision came with that of the second, after newer questions."""
    with Drill("approvers/1") as drill:
        i = drill.call("open_incident", target="shop", title="x")["incident"]
        elsewhere = {"root_cause": "x", "outside_release": True, "fix_minutes": 5, "reason": "x"}
        for tool, given in (("assess", {}), ("classify", {}), ("decide", elsewhere)):
            drill.call(tool, incident=i, **given)
        drill.call("classify", incident=i, impacts=["complete_outage"], reason="somebody said so")
        drill.advance(300)
        drill.clock.advance(3 * 3600)
        drill.call("decide", incident=i, **elsewhere)
        drill.advance(300)
        told = [one.id for one in drill.mail["approvers/1"].messages if "has to decide" in one.title]
        assert len(told) == 1, told


def test_what_waits_and_is_said_again_is_said_once() -> None:
    """Found by the machine: an update was overdue twice while nothing could be sent."""
    with Drill("internal/1") as drill:
        drill.production.down = True
        i = drill.decided()
        drill.mail["internal/1"].unreachable = "HTTP 503"
        for _ in range(2):
            drill.clock.advance(16 * 60)
            drill.advance(1)
            drill.call("post_update", incident=i, text="Still looking.")
        drill.mail["internal/1"].unreachable = ""
        drill.advance(3600)
        told = [f"{one.title}\n{one.text}" for one in drill.mail["internal/1"].messages]
        assert len(told) == len(set(told)), told
