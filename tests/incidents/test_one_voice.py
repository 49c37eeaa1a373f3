"""One public voice: of the open incidents of a target, the first that told the public speaks for the others."""

from __future__ import annotations

from pathlib import Path

from flightrules.testing.drill import Drill
from flightrules.testing.sessions import replayed
from tests.incidents.acting import rolled_back

DOWN = "It is not available."


def two(r: Drill) -> tuple[str, str]:
    """Two incidents of one outage, opened apart."""
    r.production.down = True
    first = r.decided("Checkout answers 500")
    r.advance(15)
    second = r.decided("The cart is empty")
    for _ in range(4):
        r.advance(15)
    return first, second


def drill() -> Drill:
    return Drill("internal/1", "escalation/1", "external/1", "approvers/1")


def readers(r: Drill) -> list[str]:
    """Return the incidents that the public read of, in the order of reading."""
    return [one.incident for one in r.mail["external/1"].messages]


def budgets(r: Drill, incident: str) -> set[str]:
    return {one["name"] for one in r.call("incident_status", incident=incident)["budgets"]}


def test_two_incidents_of_one_target_have_one_public_voice() -> None:
    with drill() as r:
        first, second = two(r)
        for _ in range(3):
            r.advance(300)
        assert set(readers(r)) == {first}
        assert "external_notice" not in budgets(r, second), "nobody is paged for a notice that the first gave"
        assert not [one for one in r.mail["escalation/1"].titles if "public" in one]
        spoken = [one for one in r.log(second) if one["kind"] == "spoken_for"]
        assert [one["data"]["by"] for one in spoken] == [first]


def test_own_words_of_the_second_are_sent_to_the_first() -> None:
    with drill() as r:
        first, second = two(r)
        refused = r.call("post_update", incident=second, text="We are on it.", external=True)
        assert refused["problem"]["code"] == "spoken_for"
        assert first in refused["says"]
        assert r.call("post_update", incident=first, text="We are on it.", external=True)["ok"]


def test_the_second_speaks_once_the_first_is_closed() -> None:
    with drill() as r:
        first, second = two(r)
        r.person().close(first, f"duplicate of {second}", closed_as="duplicate", duplicate_of=second)
        r.advance(15)
        r.advance(15)
        assert readers(r)[-1] == second
        assert DOWN in r.mail["external/1"].texts[-1]
        assert [one["data"]["by"] for one in r.log(second) if one["kind"] == "spoken_for"] == [first, ""]


def test_what_the_second_sees_worse_reaches_the_public_through_the_first() -> None:
    with drill() as r:
        r.production.broken_checks = {("avatar", r.production.releases[-1])}
        first = r.decided("Avatars are broken")
        r.person().classify(first, "P1", "the sale runs on it")
        r.advance(15)
        assert "A part of it" in r.mail["external/1"].texts[-1]
        r.production.down = True
        r.advance(45)
        second = r.decided("Everything is down")
        r.advance(15)
        r.advance(15)
        assert DOWN in r.mail["external/1"].texts[-1]
        assert readers(r)[-1] == first
        assert second not in readers(r)


def test_a_failure_after_the_first_is_restored_is_told_by_the_second() -> None:
    with drill() as r:
        first = r.restored()
        r.advance(15)
        assert "works again" in r.mail["external/1"].texts[-1]
        r.production.down = True
        second = r.decided("Down again")
        r.advance(15)
        assert readers(r)[-1] == second != first
        assert DOWN in r.mail["external/1"].texts[-1]


def test_a_second_that_the_same_remedy_ended_says_nothing_of_what_is_over() -> None:
    with drill() as r:
        r.production.broken.add(r.production.releases[-1])
        first = r.decided("Checkout answers 500")
        r.advance(15)
        second = r.decided("The cart is empty")
        rolled_back(r, first)
        for _ in range(6):
            r.advance(300)
        assert second not in readers(r)
        assert "works again" in r.mail["external/1"].texts[-1] or "solved" in r.mail["external/1"].texts[-1]


def test_the_first_that_told_the_public_speaks_and_not_the_first_that_was_opened() -> None:
    with drill() as r:
        r.production.broken_checks = {("avatar", r.production.releases[-1])}
        first = r.decided("Avatars are broken")
        r.production.down = True
        second = r.decided("Everything is down")
        r.advance(15)
        r.call("assess", incident=first)
        r.call("classify", incident=first)
        r.advance(15)
        assert set(readers(r)) == {second}


def test_a_replay_knows_who_spoke(tmp_path: Path) -> None:
    with drill() as r:
        first, second = two(r)
        r.person().close(first, "handed over to the provider")
        r.advance(15)
        saved = r.save(second, tmp_path / "second.jsonl")
    verdict = replayed(saved)
    assert verdict.word == "identical", verdict.first
