"""Contents that a log needs for its incident to be replayed: settings, who called, and each look at the world."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flightrules.state import events as e
from flightrules.state.policy import Budgets, Policy
from flightrules.state.redaction import MASK, cast_also
from flightrules.state.rules.approving import policy_digest
from flightrules.state.vocabulary import Phase
from tests.service.house import RELEASES, House, build
from tests.service.pilot import assess, fly, opened, rollback

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("REPL-recorded")]


async def events(house: House, incident: str) -> list[e.Event]:
    return [e.event_of(record.kind, record.data) for record in await house.incidents.records(incident)]


async def settings(house: House, incident: str) -> list[e.SettingsRead]:
    return [event for event in await events(house, incident) if isinstance(event, e.SettingsRead)]


async def test_the_settings_are_recorded_once_and_again_after_each_change() -> None:
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    (first,) = await settings(house, incident)
    managed = house.incidents.managed_targets["shop"]
    assert (first.target, first.policy) == (managed.target, managed.policy)
    assert first.digest == policy_digest(managed.policy, managed.target)
    house.incidents.managed_targets = {"shop": replace(managed, policy=Policy(budgets=Budgets(assessment=7)))}
    await fly(house, incident)
    again = await settings(house, incident)
    assert [one.policy.budgets.assessment for one in again] == [5, 7]
    assert (await house.incidents.incident(incident)).settings == again[-1].digest
    await house.app.rollbacks.close()


async def test_settings_are_recorded_without_their_secrets() -> None:
    house = build(health_url="http://user:hunter2-hunter2@127.0.0.1:8080/health")
    incident = await opened(house)
    (recorded,) = await settings(house, incident)
    assert "hunter2" not in recorded.model_dump_json()
    assert recorded.target.health_url == "http://user:[redacted]@127.0.0.1:8080/health"
    assert recorded.digest == policy_digest(Policy(), house.incidents.managed_targets["shop"].target)


async def test_a_pattern_of_the_user_s_own_that_meets_a_name_breaks_no_call() -> None:
    cast_also(lambda text: text.replace("deploy", MASK).replace("shop", MASK))
    try:
        house = build(health_url="http://shop.example/deploy")
        incident = await opened(house)
        (recorded,) = await settings(house, incident)
    finally:
        cast_also()
    assert recorded.target.hosts[0].user == "deploy"
    assert recorded.target.name == "shop"
    assert recorded.target.health_url == f"http://{MASK}.example/{MASK}"


async def test_a_call_is_recorded_with_the_account_behind_it() -> None:
    house = build()
    incident = await opened(house)
    await assess(house, incident)
    received = [event for event in await events(house, incident) if isinstance(event, e.CallReceived)]
    assert [one.account for one in received] == ["pilot", "pilot"]


async def test_what_was_read_of_the_hosts_stays_in_the_log_where_no_plan_came_of_it() -> None:
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    house.production.hosts["web-1"].lock_holder = "PLAN-OTHER-1"
    answer = await rollback(house, incident)
    assert answer.problem is not None
    assert answer.problem.code == "locked"
    kinds = [event.kind for event in await events(house, incident)]
    assert kinds[-4:] == ["call_received", "production_read", "survey_read", "call_refused"]


async def test_a_proof_is_recorded_with_the_health_answer_it_rests_on() -> None:
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.VERIFYING)
    (proof,) = [event for event in await events(house, incident) if isinstance(event, e.ProofTaken)]
    assert proof.settled is True
    assert proof.health is not None
    assert proof.health.probe == "health"
    assert proof.running.head == RELEASES[-2]
    await house.app.rollbacks.close()
