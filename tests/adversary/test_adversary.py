"""An agent that means harm plays the real service for at least ten thousand steps; broken variants of it are found."""

from __future__ import annotations

import sys

import pytest

from flightrules.tools.catalog import TOOLS
from tests.adversary.broken import Break
from tests.adversary.machine import Adversary
from tests.adversary.planted import FOUND_WITHIN, PLANTED, key, seeds
from tests.adversary.playing import Broken, Played, play

STEPS = 10_000


def said(played: Played) -> str:
    return f"{played.steps} steps, {sum(played.tools.values())} calls, {played.arrived} operations reached a host"


@pytest.mark.timeout(900)
@pytest.mark.requirement("APP-needed", "APP-once", "APP-expires", "APP-exact-plan", "APP-standing", "RB-at-most-once")
def test_whatever_an_agent_tries_production_changes_only_as_people_approved(capsys: pytest.CaptureFixture[str]) -> None:
    played = play(STEPS, seed=2026)
    with capsys.disabled():
        sys.stdout.write(f"\nadversary: {said(played)}\n")
    assert played.steps >= STEPS
    assert set(played.tools) == {spec.name for spec in TOOLS}, "a tool is not played"
    assert played.arrived > STEPS // 200, "too few rollbacks were started to say anything"
    for kind in ("plan_dropped", "approval_rejected", "standing_used", "rollback_finished", "planner_reported"):
        assert played.kinds.get(kind), f"{kind} never happened"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("broken", "player"), PLANTED, ids=[key(*one) for one in PLANTED])
def test_the_machine_finds_a_product_in_which(
    broken: Break, player: type[Adversary], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    with pytest.raises(Broken):
        play(FOUND_WITHIN, seed=seeds().get(key(broken, player), 1), shrink=False, player=player)
