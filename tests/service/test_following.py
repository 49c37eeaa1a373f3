"""Whoever follows a rollback is told its end, also where it ended between two calls; it is told once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flightrules.replay.recording import recorded
from flightrules.replay.replay import replay
from flightrules.service import telling
from flightrules.service.answers import Answer
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rollbacks import under_way
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state.archive.sessions import read_session
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Phase
from tests.service.house import House, build
from tests.service.pilot import call, fly, opened, verify
from tests.service.replaying.scenes import person_decides
from tests.service.test_crashes import living

pytestmark = pytest.mark.anyio

OTHER = Actor(kind=ActorKind.AGENT, name="somebody else", face="mcp")


async def asks(house: House, incident: str, actor: Actor | None = None) -> Answer[Any]:
    """Call `rollback` as a tool does, and go away at once; a person who is asked says yes."""
    made = call("rollback", incident)
    made = replace(made, actor=actor) if actor else made
    question = await prepare(house.incidents, made)
    if isinstance(question, Stop):
        return question.answer
    said = (
        PersonSaid(verdict="yes", question=question, approver="ada") if isinstance(question, Question) else PersonSaid()
    )
    return await house.app.rollbacks.rollback(made, said, wait_s=0)


async def ended_meanwhile(house: House) -> str:
    """A rollback that was still running when its agent last heard of it, and is not any more."""
    house.clock.pace_s = 0.002
    house.production.looks_to_finish = 10**9
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    running = await asks(house, incident)
    assert running.result is not None
    assert running.result.state == "rolling_back", running.says
    house.production.looks_to_finish = 0
    for host in house.production.hosts.values():
        for operation in host.operations.values():
            operation.looks_left = 0
    await house.app.rollbacks.wait(incident, wait_s=600)
    return incident


@pytest.mark.requirement("RB-followed")
async def test_a_rollback_that_ended_between_two_calls_is_told_to_who_followed_it_and_only_once() -> None:
    house = build()
    incident = await ended_meanwhile(house)
    assert (await house.incidents.incident(incident)).phase is Phase.VERIFYING
    for _ in range(2):  # whoever was refused has no part in it the next time either
        other = await asks(house, incident, OTHER)
        assert other.problem is not None
        assert other.problem.code == "out_of_order"
    told = await asks(house, incident)
    assert told.ok, told.says
    assert told.result is not None
    assert told.result.state == "succeeded"
    assert told.says.endswith("Call `verify` next.")
    again = await asks(house, incident)
    assert again.problem is not None
    assert again.problem.code == "out_of_order"


@pytest.mark.requirement("RB-followed")
async def test_a_rollback_that_failed_between_two_calls_is_told_with_what_a_person_may_do() -> None:
    house = build()
    house.production.fail_steps["up"] = 1
    incident = await ended_meanwhile(house)
    assert (await house.incidents.incident(incident)).phase is Phase.DECIDED
    told = await asks(house, incident)
    assert told.result is not None
    assert told.result.state == "failed"
    assert any("flightrules decide" in offer for offer in told.result.offers)
    again = await asks(house, incident)
    assert again.problem is not None
    assert again.problem.code == "out_of_order"


@pytest.mark.requirement("RB-followed")
async def test_where_others_went_on_the_end_is_told_without_what_was_next_then() -> None:
    house = build()
    incident = await ended_meanwhile(house)
    await verify(house, incident)
    told = await asks(house, incident)
    assert told.result is not None
    assert (told.result.state, told.phase) == ("succeeded", Phase.MONITORING)
    assert "verify" not in told.says


async def test_where_a_person_decided_for_another_rollback_it_is_planned() -> None:
    house = build()
    house.production.fail_steps["up"] = 1
    incident = await ended_meanwhile(house)
    await person_decides("rollback")(house, incident)
    house.production.fail_steps.clear()
    answer = await asks(house, incident)
    assert answer.result is not None
    assert answer.result.state in ("rolling_back", "succeeded"), answer.says
    assert (await house.incidents.incident(incident)).rollbacks_tried == 2


@pytest.mark.requirement("RB-followed", "REPL-identical")
@pytest.mark.parametrize("fails", [False, True])
async def test_the_call_that_heard_the_end_later_is_replayed(*, fails: bool) -> None:
    house = build()
    if fails:
        house.production.fail_steps["up"] = 1
    incident = await ended_meanwhile(house)
    for actor in (OTHER, None, None):
        await asks(house, incident, actor)
    await verify(house, incident)
    verdict = await replay(read_session(await recorded(house.incidents, incident)))
    assert verdict.word == "identical", verdict


@pytest.mark.requirement("RB-followed")
async def test_the_reason_for_a_wait_stands_in_the_answer_of_rollback_and_in_the_log() -> None:
    house = build()
    house.production.down = True
    house.clock.pace_s = 0.02
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    async with living(house):
        await asks(house, incident)
        await house.app.rollbacks.wait(incident, wait_s=20)
        told = await asks(house, incident)
        assert told.result is not None
        assert told.result.state == "rolling_back", told.says
        assert "claims hold; not yet: health at http" in told.says
        found = await house.incidents.incident(incident)
        assert "The service does not answer" in under_way(found)
        status = await telling.status(house.incidents, call("incident_status", incident))
        assert "claims hold; not yet: health at http" in status.says
        awaited = [record for record in await house.incidents.records(incident) if record.kind == "proof_awaited"]
        assert len(awaited) == 1, "what did not change is recorded once"
        await house.app.rollbacks.wait(incident, wait_s=4000)
    verdict = await replay(read_session(await recorded(house.incidents, incident)))
    assert verdict.good, verdict
