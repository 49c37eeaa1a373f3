"""A later message overtakes an earlier one of the same incident (alertmanager 1494 and 4108, signoz pull 12892)."""

from __future__ import annotations

from flightrules.testing.drill import Drill


def test_news_out_of_order() -> None:
    with Drill("external/1", "internal/1") as drill:
        drill.production.broken.add(drill.production.releases[-1])
        for box in drill.mail.values():
            box.fail("HTTP 429")
        i = drill.decided()
        drill.advance(1)
        drill.agent.user = "yes"
        drill.call("rollback", incident=i)
        drill.advance(5)
        drill.call("verify", incident=i)
        drill.advance(60)
        drill.advance(60)
        said = [(one.at.strftime("%H:%M:%S"), one.title) for one in drill.mail["external/1"].messages]
        assert said == sorted(said, key=lambda one: one[0]), f"the public reads the news in their order: {said}"
        assert "Investigating" not in said[-1][1], f"the public reads the news in their order: {said}"
        inside = [int(one.id.split(":")[1]) for one in drill.mail["internal/1"].messages]
        assert inside == sorted(inside), "so does the team"
