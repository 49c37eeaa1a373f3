"""What a destination missed stands in each form of the message that follows: in its Markdown and in its plain text."""

from __future__ import annotations

from flightrules.service.messages.delivering import entries
from flightrules.service.messages.parcels import parcel
from tests.incidents.room import room


def test_what_was_not_delivered_before_stands_in_the_plain_text_too() -> None:
    with room() as r:
        r.mailboxes("internal/1")
        r.mail["internal/1"].why = "HTTP 503"
        incident = r.decided()
        r.round(1)
        r.call("post_update", incident=incident, text="We roll back api_v2.")
        desk = r.server.app.desk
        found = r.server._portal.call(entries, desk, incident)
        update = next(one for one in found if one.message.update)
        carried = update.model_copy(update={"carries": tuple(one.message for one in found if one is not update)[:2]})
        made = parcel(carried.message, r.server.records(incident), desk.site("shop"), carried)
        for text in (made.text, made.plain):
            assert "Not delivered before this:" in text
            assert "roll back" in text
        assert "**Status**" not in made.plain
        assert "api_v2" in made.plain
