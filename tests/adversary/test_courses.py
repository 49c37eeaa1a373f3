"""Shortened courses of runs of the adversary that ended in an alarm, each kept as it was found."""

from __future__ import annotations

import pytest

from tests.adversary.moves import Attacker
from tests.adversary.stage import Stage
from tests.service.house import RELEASES

ONE_PERSON, TWO_PEOPLE = 0, 1
"""Settings that want so many approvers."""


def approved(run: Attacker) -> str:
    """An incident of the shop whose plan one person approved."""
    run.begin(ONE_PERSON, 7)
    run.maker(7)
    run.stage.mood = "cancelled"
    incident: str = run.run(run._planned("shop"))
    run.run(run._approved_rightly(incident))
    return incident


@pytest.mark.timeout(120)
def test_settings_that_want_more_people_while_a_rollback_is_handed_over_are_no_alarm() -> None:
    """SEED=5000 at 1ed0ae0, round 5047: the books held a rollback against settings that came after its start."""
    reached = 0
    with Attacker.playing():
        for after in range(12):
            run = Attacker()
            incident = approved(run)
            world, configured = run.stage.worlds["shop"], run.stage.configured
            world.meanwhile = (after, lambda: configured(TWO_PEOPLE))  # noqa: B023 - called within this round
            run.run(run.told(0, "rollback", {"incident": incident}))
            assert run.ledger.violations == []
            reached += run.ledger.arrived if run.ledger.policy == TWO_PEOPLE else 0
            run.teardown()
    assert reached, "no settings came between the start and the host"


@pytest.mark.timeout(120)
def test_a_process_that_dies_over_a_rollback_leaves_none_to_settings_that_want_more_people() -> None:
    """The same between the processes: what the next one hands over was approved as its settings want, or never runs."""
    dropped = 0
    with Attacker.playing():
        for effects in range(8, 20):
            run = Attacker()
            incident = approved(run)
            run.stage.servers[0].life.left = effects
            run.run(run.told(0, "rollback", {"incident": incident}))
            arrived = run.ledger.arrived
            run.stage.configured(TWO_PEOPLE)
            run.stage.clock.advance(60)
            run.run(run._both_restarted())
            run.run(run.told(1, "rollback", {"incident": incident}))
            assert run.ledger.violations == []
            dropped += not arrived and not run.ledger.arrived
            run.teardown()
    assert dropped


@pytest.mark.timeout(120)
def test_a_deployment_a_minute_before_the_hand_over_is_not_rolled_over() -> None:
    """SEED=213 at 1ed0ae0: a host took a rollback though another release had been deployed since its last reading."""
    untouched = 0
    with Attacker.playing():
        for after in range(2, 12):
            run = Attacker()
            incident, stage = approved(run), run.stage
            world = stage.worlds["shop"]

            def deployed(stage: Stage = stage) -> None:
                stage.deploy("shop", "web-1", RELEASES[0])
                stage.clock.advance(60)

            world.meanwhile = (after, deployed)
            run.run(run.told(0, "rollback", {"incident": incident}))
            assert run.ledger.violations == []
            untouched += run.ledger.arrived > 0 and world.hosts["web-1"].serving == RELEASES[0]
            run.teardown()
    assert untouched, "no deployment came between the last reading and the first step"
