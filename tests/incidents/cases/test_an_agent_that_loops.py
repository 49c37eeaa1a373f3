"""An agent in a loop: identical updates, assessments without end (HolmesGPT 2433, opensre 2872, hermes-agent 67829)."""

from __future__ import annotations

import json
from pathlib import Path

from flightrules.testing.drill import Drill
from flightrules.testing.sessions import replayed
from tests.incidents.acting import rolled_back


def test_equal_updates_in_one_minute_are_few_messages() -> None:
    with Drill("internal/1") as drill:
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.decided()
        for _ in range(60):
            drill.call("post_update", incident=i, text="Still looking.")
            drill.clock.advance(1)
        drill.advance(1)
        updates = [title for title in drill.mail["internal/1"].titles if "update" in title]
        assert len(updates) < 10, f"equal updates in one minute are few messages: {len(updates)}"


def test_opening_a_second_one_names_the_first() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        one = drill.decided()
        told = drill.call("open_incident", target="shop", title="Checkout answers 500")
        assert one in json.dumps(told), f"opening a second one names the first: {told['says']}"
        drill.call("open_incident", target="shop", title="HighErrorRate (3 alerts)", key="alert-1")
        told = drill.call("open_incident", target="shop", title="HighErrorRate (7 alerts)", key="alert-1")
        assert "INC-" in told["says"], f"a key that is taken names its incident: {told['says']}"


def test_two_refused_calls_in_turns_are_drawn_together() -> None:
    with Drill() as drill:
        i = drill.opened("x")
        drill.call("assess", incident=i)
        for _ in range(100):
            drill.call("verify", incident=i)
            drill.call("decide", incident=i)
        drill.production.broken.add(drill.production.releases[-1])
        for tool in ("assess", "classify", "decide"):
            drill.call(tool, incident=i)
        rolled_back(drill, i)
        drill.call("write_report", incident=i, root_cause="x")
        report = drill.report()
        timeline = report[report.find("## Timeline") : report.find("## Root")]
        lines = timeline.count("\n")
        assert lines < 60, f"two refused calls in turns are drawn together: {lines}"
        assert timeline.count("\n- ") <= 25
        assert report.find("## Machine Timeline") > report.find("\n---\n")
        assert "100 times" in report


def test_an_update_that_was_told_a_minute_ago_is_told_again() -> None:
    with Drill() as drill:
        i = drill.decided()
        first = drill.call("post_update", incident=i, text="Still looking.")["result"]["update"]
        assert drill.call("post_update", incident=i, text="Still looking.")["result"]["update"] == first
        drill.clock.advance(61)
        assert drill.call("post_update", incident=i, text="Still looking.")["result"]["update"] != first


def test_a_key_that_is_taken_names_its_incident() -> None:
    with Drill() as drill:
        opened = drill.call("open_incident", target="shop", title="HighErrorRate (3 alerts)", key="alert-1")
        told = drill.call("open_incident", target="shop", title="HighErrorRate (7 alerts)", key="alert-1")
        assert opened["incident"] in told["says"], told["says"]


def test_what_is_noticed_again_joins_the_open_incident() -> None:
    with Drill() as drill:
        one = drill.decided()
        told = drill.call("open_incident", target="shop", title="Cart is empty too", duplicate_of=one)
        assert (told["ok"], told["incident"]) == (True, one)
        assert drill.call("incident_status")["says"].startswith("1 open incident")
        seen = drill.call("incident_status", incident=one)["result"]["timeline"]
        assert any("Noticed again via agent: Cart is empty too" in line for line in seen)


def test_what_joined_has_one_public_voice_and_what_did_not_is_told_how_to_join() -> None:
    with Drill("external/1", "escalation/1") as drill:
        drill.production.down = True
        one = drill.decided()
        drill.call("open_incident", target="shop", title="Cart is empty too", duplicate_of=one)
        drill.advance(1)
        assert {outbound.incident for outbound in drill.mail["external/1"].messages} == {one}
        assert len(drill.mail["escalation/1"].messages) == 1
        assert f"`duplicate_of` {one}" in drill.call("open_incident", target="shop", title="Login is slow")["says"]


def test_a_closed_incident_and_one_of_another_target_cannot_be_joined() -> None:
    with Drill() as drill:
        one = drill.decided()
        drill.person().close(one, "false alarm")
        told = drill.call("open_incident", target="shop", title="x", duplicate_of=one)
        assert told["problem"]["code"] == "out_of_order"
        other = drill.opened("y")
        told = drill.call("open_incident", target="shop2", title="x", duplicate_of=other)
        assert told["problem"]["code"] == "other_target"


def test_a_session_that_began_beside_another_incident_is_replayed(tmp_path: Path) -> None:
    with Drill() as drill:
        drill.decided()
        two = drill.decided("The same again")
        drill.call("open_incident", target="shop", title="And again", duplicate_of=two)
        verdict = replayed(drill.save(two, tmp_path / "two.jsonl"))
        assert verdict.word == "identical", verdict


def test_a_report_stays_readable_after_300_assessments() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        i = drill.opened("x")
        for _ in range(300):
            drill.call("assess", incident=i)
            drill.clock.advance(5)
        for tool in ("classify", "decide"):
            drill.call(tool, incident=i)
        rolled_back(drill, i)
        drill.call("write_report", incident=i, root_cause="x")
        assert drill.report().count("\n") < 400
        assert "more pieces, of which 0 could not be read" in drill.report()
