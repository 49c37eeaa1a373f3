"""A pause that a receiver asks for is kept in every incident, and after a restart."""

from __future__ import annotations

from pathlib import Path

from flightrules.testing.drill import Drill


def test_a_pause_that_a_receiver_asks_for_holds_for_every_incident_and_no_other_receiver() -> None:
    with Drill("internal/1", "internal/2") as drill:
        drill.mail["internal/1"].fail("HTTP 429", wait_s=600)
        drill.opened("Checkout answers 500")
        drill.advance()
        other = drill.opened("Search answers 500")
        drill.advance(300)
        assert drill.mail["internal/1"].messages == []
        assert {one.incident for one in drill.mail["internal/2"].messages} >= {other}
        drill.advance(301)
        assert {one.incident for one in drill.mail["internal/1"].messages} >= {other}


def test_a_pause_holds_after_a_restart(tmp_path: Path) -> None:
    store = tmp_path / "log.db"
    with Drill("internal/1", store=store) as drill:
        drill.opened("Checkout answers 500")
        drill.opened("Search answers 500")
        drill.mail["internal/1"].unreachable = "HTTP 503"
        drill.mail["internal/1"].sender.failing = []
        drill.advance()
        drill.mail["internal/1"].unreachable = ""
        drill.advance(29)
        drill.mail["internal/1"].fail("HTTP 429", wait_s=600)
        drill.advance(1)
        now = drill.clock.now()
        tried = len(drill.mail["internal/1"].messages)
        clock = drill.clock
    with Drill("internal/1", store=store, clock=clock) as again:
        assert again.clock.now() >= now
        again.advance(300)
        assert again.mail["internal/1"].messages == []
        again.advance(301)
        assert again.mail["internal/1"].messages
        assert tried == 0


def test_a_clock_that_was_set_back_ends_a_pause() -> None:
    with Drill("internal/1") as drill:
        drill.mail["internal/1"].fail("HTTP 429", wait_s=600)
        drill.opened("Checkout answers 500")
        drill.advance()
        drill.clock.advance(-7200)
        other = drill.opened("Search answers 500")
        drill.advance(1)
        assert {one.incident for one in drill.mail["internal/1"].messages} == {other}
