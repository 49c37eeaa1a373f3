"""Budgets in answers and in the log, and clocks that misbehave."""

from __future__ import annotations

import pytest

from flightrules.service import opening
from flightrules.state import commands as c
from flightrules.state.log import broken
from flightrules.state.vocabulary import Phase
from tests.service.house import House, build
from tests.service.pilot import assess, brief, call, classify, close, decide, fly, opened, rollback, verify, whole

pytestmark = pytest.mark.anyio


async def breaches(house: House, incident: str) -> list[str]:
    """The budgets on record as breached, in order."""
    return [str(r.data["budget"]) for r in await house.incidents.records(incident) if r.kind == "budget_breached"]


@pytest.mark.requirement("BUD-breach-once")
async def test_a_budget_that_ran_out_is_recorded_once_by_whatever_call_comes_next() -> None:
    house = build()
    incident = await opened(house)
    house.clock.advance(5 * 60)
    for act in (verify, verify, assess, assess):
        await act(house, incident)
    assert sorted(await breaches(house, incident)) == ["assessment", "response"]


async def test_a_refused_call_says_how_far_over_a_budget_is() -> None:
    house = build()
    incident = await opened(house)
    house.clock.advance(5 * 60 + 90)
    answer = await decide(house, incident)
    assert not answer.ok
    assert {budget.name: budget.left_s for budget in answer.budgets} == {
        "assessment": -90,
        "response": -90,
        "internal_update": 510,
    }


@pytest.mark.requirement("BUD-assessment")
async def test_when_the_assessment_took_too_long_partial_evidence_must_do() -> None:
    house = build()
    incident = await opened(house)
    refused = await classify(house, incident)
    assert refused.problem is not None
    house.clock.advance(5 * 60)
    assert (await classify(house, incident)).phase is Phase.CLASSIFIED


@pytest.mark.requirement("BUD-restart-proof")
async def test_another_process_knows_of_a_breach_that_the_first_one_recorded() -> None:
    house = build()
    incident = await opened(house)
    house.clock.advance(6 * 60)
    await assess(house, incident)
    await classify(house.restarted(), incident)
    assert (await breaches(house, incident)).count("assessment") == 1


@pytest.mark.requirement("BUD-never-kills", "BUD-rollback")
async def test_a_rollback_over_its_time_is_told_of_and_goes_on() -> None:
    house = build()
    house.production.looks_to_finish = 10**9
    incident = await opened(house)
    await fly(house, incident, until=Phase.ROLLING_BACK)
    house.clock.advance(11 * 60)
    answer = await rollback(house, incident)
    assert answer.phase is Phase.ROLLING_BACK
    assert next(budget for budget in answer.budgets if budget.name == "rollback").left_s < 0
    assert "rollback" in await breaches(house, incident)
    house.production.looks_to_finish = 0
    for held in house.production.hosts["web-1"].operations.values():
        held.looks_left = 0
    await fly(house, incident)
    await whole(house, incident)


@pytest.mark.parametrize("hours", [-1, -30 * 24, 48])
async def test_a_clock_that_jumps_in_the_middle_does_no_harm(hours: int) -> None:
    for phase in (Phase.DETECTED, Phase.ASSESSED, Phase.CLASSIFIED, Phase.VERIFYING, Phase.MONITORING):
        house = build()
        incident = await opened(house)
        await fly(house, incident, until=phase)
        house.clock.advance(hours * 3600)
        await fly(house, incident)
        await whole(house, incident)
        assert broken(await house.incidents.records(incident)) is None


async def test_budgets_name_what_runs_in_each_phase_and_end_with_the_incident() -> None:
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.MONITORING)
    answer = await verify(house, incident)
    assert {"monitoring_continuous", "monitoring_recurrence", "review"} <= {budget.name for budget in answer.budgets}
    await fly(house, incident, until=Phase.REPORTED)
    answer = await close(house, incident)
    assert answer.ok
    assert answer.budgets == ()
    assert (await brief(house, incident)).problem is not None


@pytest.mark.requirement("BUD-from-detection", "ORD-detection-starts-the-clock")
async def test_detection_before_the_call_starts_the_clock_before_the_call() -> None:
    house = build()
    early = house.clock.now()
    house.clock.advance(120)
    command = c.Open(incident="", target="shop", title="x", detected_at=early)
    answer = await opening.open_incident(house.incidents, call("open_incident"), command)
    assert {budget.name: budget.left_s for budget in answer.budgets} == {
        "assessment": 180,
        "response": 180,
        "internal_update": 780,
    }
