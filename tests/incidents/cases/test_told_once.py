"""Reminders until somebody takes it (Netflix dispatch 119 and 2758, va.gov-cms 8057, grafana oncall 3261)."""

from __future__ import annotations

from pathlib import Path

from flightrules.testing.drill import Drill
from flightrules.testing.sessions import replayed
from tests.incidents.acting import fix_begun


def test_reminders_repeat_until_somebody_does_something() -> None:
    with Drill("internal/1", "approvers/1", "escalation/1") as drill:
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.decided()
        drill.call("rollback", incident=i)
        drill.advance(1)
        drill.person().approve(i)
        for _ in range(30):
            drill.advance(60)
        drill.call("rollback", incident=i)
        for _ in range(330):
            drill.advance(60)
        assert len(drill.mail["approvers/1"].messages) >= 2, "approvers hear that another yes is wanted"
        overdue = [p.at.strftime("%H:%M") for p in drill.mail["internal/1"].messages if "overdue" in p.title]
        assert len(overdue) > 1, "an update is due every 15 minutes: more than one reminder in six hours"
        pages = [p.at.strftime("%H:%M ") + p.title for p in drill.mail["escalation/1"].messages]
        assert any(p > "09:30" for p in pages), "somebody is woken again while a P1 waits for six hours"
        assert any("Nobody has taken this" in title for title in drill.mail["internal/1"].titles), "it climbs"


def test_one_event_is_one_letter() -> None:
    with Drill("internal/1") as drill:
        fix_begun(drill)
        for _ in range(32):
            drill.advance(60)
        over = [title for title in drill.mail["internal/1"].titles if "over its time" in title]
        assert len(over) == 1, f"one event, one letter: {over}"


def test_whoever_acknowledged_is_not_paged_again_for_the_same(tmp_path: Path) -> None:
    with Drill("internal/1", "escalation/1") as drill:
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.decided()
        drill.advance(301)
        drill.advance(60 * 35)
        paged = len(drill.mail["escalation/1"].messages)
        assert "Nobody has taken this" in drill.mail["escalation/1"].titles[-1]
        assert drill.person().ack(i)["ok"]
        overdue = len([title for title in drill.mail["internal/1"].titles if "overdue" in title])
        for _ in range(36):
            drill.advance(600)
        assert len(drill.mail["escalation/1"].messages) == paged
        assert len([title for title in drill.mail["internal/1"].titles if "overdue" in title]) == overdue
        assert replayed(drill.save(i, tmp_path / "acked.jsonl")).good


def test_an_update_that_waits_for_a_person_is_asked_for_again_until_somebody_answers() -> None:
    with Drill("approvers/1") as drill:
        drill.production.down = True
        i = drill.decided()
        drill.call("post_update", incident=i, text="Orders are kept and sent later.", external=True)
        for _ in range(60):
            drill.advance(60)
        told = [title for title in drill.mail["approvers/1"].titles if "still waits for approval" in title]
        assert len(told) == 2, drill.mail["approvers/1"].titles
        assert drill.person().ack(i)["ok"]
        for _ in range(120):
            drill.advance(60)
        assert len([title for title in drill.mail["approvers/1"].titles if "still waits for approval" in title]) == 2
