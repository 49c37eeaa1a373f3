"""Messages after a missed one: each form, in Markdown and in plain text, has what the destination missed."""

from __future__ import annotations

from flightrules.service.messages.delivering import entries
from flightrules.service.messages.outbound import outbound
from flightrules.testing.drill import Drill


def test_what_was_not_delivered_before_stands_in_the_plain_text_too() -> None:
    with Drill("internal/1") as drill:
        drill.mail["internal/1"].unreachable = "HTTP 503"
        incident = drill.decided()
        drill.advance(1)
        drill.call("post_update", incident=incident, text="We roll back api_v2.")
        incidents = drill.server.app.incidents
        found = drill.server.portal.call(entries, incidents, incident)
        update = next(one for one in found if one.message.update)
        carried = update.model_copy(update={"carries": tuple(one.message for one in found if one is not update)[:2]})
        made = outbound(carried.message, drill.server.records(incident), incidents.managed("shop"), carried)
        for text in (made.text, made.plain):
            assert "Not delivered before this:" in text
            assert "roll back" in text
        assert "**Status**" not in made.plain
        assert "api_v2" in made.plain
