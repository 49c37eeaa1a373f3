from __future__ import annotations

from datetime import timedelta

import pytest

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.messages.so import NOT_KNOWN, NOTICED, so
from flightrules.state.messages.update import (
    UpdateData,
    as_public,
    internal_update,
    public_update,
    update_data,
)
from flightrules.state.policy import Policy
from flightrules.state.vocabulary import Path
from tests.state.core import P1, P2, P3, P4, SCENES, Core, decided, monitoring, rolling, seen, watched_well

POLICY = Policy()


def told(core: Core, text: str = "We are at it.") -> UpdateData:
    return update_data("INC-1", internal_update(core.incident, POLICY, text, core.now), core.now)


@pytest.mark.requirement("COM-four-words")
@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_is_told_by_one_of_the_protocols_words(scene: str) -> None:
    word = so(SCENES[scene]().incident, POLICY).status
    assert word in ("Investigating", "Identified", "Monitoring", "Resolved", "Closed")


@pytest.mark.requirement("COM-next-update")
def test_a_p1_that_is_not_restored_says_when_the_next_update_comes() -> None:
    update = told(rolling().wait(minutes=10))
    assert (update.status, update.started, update.latest) == (
        "Identified",
        "2026-01-05 12:00:00 UTC",
        "2026-01-05 12:10:00 UTC",
    )
    assert update.next == "2026-01-05 12:25:00 UTC"


@pytest.mark.requirement("COM-next-update")
@pytest.mark.parametrize(
    ("core", "next_update"),
    [
        (Core(), "2026-01-05 12:15:00 UTC"),
        (Core().assess(seen(well=True)).classify(P2), "2026-01-05 12:15:00 UTC"),
        (Core().assess(seen(well=True)).classify(P3), "when there is news"),
        (Core().assess(seen(well=True)).classify(P4), "when there is news"),
        (monitoring(), "when there is news"),
        (watched_well(monitoring().wait(minutes=31)), "none planned"),
    ],
    ids=["unclassified", "P2", "P3", "P4", "restored", "watched"],
)
def test_the_rhythm_is_for_p1_and_p2_until_restored_and_none_is_planned_once_resolved(
    core: Core, next_update: str
) -> None:
    assert told(core).next == next_update


def test_the_impact_is_the_incidents_title_inside_and_the_words_of_policy_outside() -> None:
    core = decided()
    assert told(core).impact == core.incident.title
    update = public_update(core.incident, POLICY, held=False)
    shown = as_public("INC-1", update, core.now)
    assert shown.impact == POLICY.communication.impact.of(P1)
    assert (shown.component, shown.text) == ("Our service", NOTICED)
    assert update.by_rules


def test_once_a_remedy_is_in_place_the_public_is_not_told_that_something_is_still_so() -> None:
    for core in (monitoring(), monitoring().analyse()):
        update = public_update(core.incident, POLICY, "It works again.", held=False)
        shown = as_public("INC-1", update, core.now)
        assert shown.impact == f"Before the remedy: {POLICY.communication.impact.of(P1)}"


def test_the_public_is_told_the_least_where_no_severity_is_known() -> None:
    shown = public_update(Core().incident, POLICY, "Some pages are slow.", held=True)
    assert shown.impact == NOT_KNOWN
    assert (shown.text, shown.by_rules, shown.held) == ("Some pages are slow.", False, True)


def test_updates_are_counted_through_whoever_they_are_for() -> None:
    core = decided(Path.INVESTIGATE)
    core.do(c.PostUpdate(text="Looking."))
    core.do(c.PostUpdate(text="We are looking into it.", external=True))
    posted = [e.UpdatePosted.model_validate(r.data).id for r in core.records if r.kind == "update_posted"]
    assert posted == ["U1", "U2"]


def test_an_update_promises_the_time_that_policy_gives() -> None:
    quick = Policy.model_validate({"budgets": {"internal_update": 5}})
    core = rolling()
    assert internal_update(core.incident, quick, "x", core.now).next_at == core.now + timedelta(minutes=5)
