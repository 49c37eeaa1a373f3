"""An agent in a loop: identical updates, assessments without end, openings of what is open."""

from __future__ import annotations

import json
from pathlib import Path

from flightrules.testing.sessions import replayed
from tests.incidents.room import room


def test_equal_updates_in_one_minute_are_few_messages() -> None:
    with room() as r:
        r.mailboxes("internal/1")
        r.p.broken.add(r.p.releases[-1])
        i = r.decided()
        for _ in range(60):
            r.call("post_update", incident=i, text="Still looking.")
            r.clock.advance(1)
        r.round(1)
        updates = [title for title in r.titles("internal/1") if "update" in title]
        assert len(updates) < 10, updates


def test_an_update_that_was_told_a_minute_ago_is_told_again() -> None:
    with room() as r:
        i = r.decided()
        first = r.call("post_update", incident=i, text="Still looking.")["result"]["update"]
        assert r.call("post_update", incident=i, text="Still looking.")["result"]["update"] == first
        r.clock.advance(61)
        assert r.call("post_update", incident=i, text="Still looking.")["result"]["update"] != first


def test_opening_a_second_one_names_the_first() -> None:
    with room() as r:
        r.p.broken.add(r.p.releases[-1])
        one = r.decided()
        told = r.call("open_incident", target="shop", title="Checkout answers 500")
        assert one in json.dumps(told), told["says"]


def test_a_key_that_is_taken_names_its_incident() -> None:
    with room() as r:
        opened = r.call("open_incident", target="shop", title="HighErrorRate (3 alerts)", key="alert-1")
        told = r.call("open_incident", target="shop", title="HighErrorRate (7 alerts)", key="alert-1")
        assert opened["incident"] in told["says"], told["says"]


def test_what_is_noticed_again_joins_the_open_incident() -> None:
    with room() as r:
        one = r.decided()
        told = r.call("open_incident", target="shop", title="Cart is empty too", duplicate_of=one)
        assert (told["ok"], told["incident"]) == (True, one)
        assert r.call("incident_status")["says"].startswith("1 open incident")
        seen = r.call("incident_status", incident=one)["result"]["timeline"]
        assert any("Noticed again via agent: Cart is empty too" in line for line in seen)


def test_what_joined_has_one_public_voice_and_what_did_not_is_told_how_to_join() -> None:
    with room() as r:
        r.mailboxes("external/1", "escalation/1")
        r.p.down = True
        one = r.decided()
        r.call("open_incident", target="shop", title="Cart is empty too", duplicate_of=one)
        r.round(1)
        assert {parcel.incident for parcel in r.mail["external/1"].handed} == {one}
        assert len(r.mail["escalation/1"].handed) == 1
        assert f"`duplicate_of` {one}" in r.call("open_incident", target="shop", title="Login is slow")["says"]


def test_a_closed_incident_and_one_of_another_target_cannot_be_joined() -> None:
    with room() as r:
        one = r.decided()
        r.close(one, "false alarm")
        told = r.call("open_incident", target="shop", title="x", duplicate_of=one)
        assert told["problem"]["code"] == "out_of_order"
        other = r.call("open_incident", target="shop", title="y")["incident"]
        told = r.call("open_incident", target="shop2", title="x", duplicate_of=other)
        assert told["problem"]["code"] == "other_target"


def test_a_session_that_began_beside_another_incident_is_replayed(tmp_path: Path) -> None:
    with room() as r:
        r.decided()
        two = r.decided("The same again")
        r.call("open_incident", target="shop", title="And again", duplicate_of=two)
        verdict = replayed(r.server.save(two, tmp_path / "two.jsonl"))
        assert verdict.word == "identical", verdict


def test_two_refused_calls_in_turns_are_drawn_together() -> None:
    with room() as r:
        i = r.call("open_incident", target="shop", title="x")["incident"]
        r.call("assess", incident=i)
        for _ in range(100):
            r.call("verify", incident=i)
            r.call("decide", incident=i)
        r.p.broken.add(r.p.releases[-1])
        for tool in ("assess", "classify", "decide"):
            r.call(tool, incident=i)
        r.server.person = "yes"
        r.call("rollback", incident=i)
        r.round(60)
        r.call("verify", incident=i)
        r.call("write_report", incident=i, root_cause="x")
        lines = r.report()[r.report().find("## Timeline") : r.report().find("## Root")].count("\n")
        assert lines < 60, lines
        assert "100 times" in r.report()


def test_a_report_stays_readable_after_300_assessments() -> None:
    with room() as r:
        r.p.broken.add(r.p.releases[-1])
        i = r.call("open_incident", target="shop", title="x")["incident"]
        for _ in range(300):
            r.call("assess", incident=i)
            r.clock.advance(5)
        for tool in ("classify", "decide"):
            r.call(tool, incident=i)
        r.server.person = "yes"
        r.call("rollback", incident=i)
        r.round(60)
        r.call("verify", incident=i)
        r.call("write_report", incident=i, root_cause="x")
        assert r.report().count("\n") < 400
        assert "more pieces, of which 0 could not be read" in r.report()


def test_every_open_incident_is_listed_first() -> None:
    with room() as r:
        real = r.call("open_incident", target="shop", title="The real one")["incident"]
        for n in range(25):
            r.close(r.call("open_incident", target="shop", title=f"false alarm {n}")["incident"], "false alarm")
        told = r.call("incident_status")
        assert told["result"]["incidents"][0]["incident"] == real
        assert told["says"].startswith("1 open incident"), told["says"]
        assert f"Open incidents: {real}." in r.call("assess", incident="INC-999999")["problem"]["remedy"]
