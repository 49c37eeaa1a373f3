"""Approvals are judged by what was seen, not by the severity and the times that an agent states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from flightrules.service import opening
from flightrules.service.approval import typed
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import Impact, Phase, Severity
from tests.service.house import House, build
from tests.service.pilot import PERSON, assess, call, opened

pytestmark = pytest.mark.anyio

SIGNED = ApprovalPolicy(allowed_signers="/signers", channels=ChannelsBySeverity(P1=("signed",), P2=("signed",)))
"""As 0.1 recommended it."""


async def early(house: House, minutes: int = 10) -> str:
    """Open an incident with a detection that lies back."""
    at = house.clock.now() - timedelta(minutes=minutes)
    given = c.Open(incident="", target="shop", title="A typo", detected_at=at, onset_at=at)
    return (await opening.open_incident(house.incidents, call("open_incident"), given)).incident


async def played_down(house: House, incident: str) -> Any:  # noqa: ANN401 - read as a client reads it
    command = c.Classify(impacts=(Impact.EDGE_CASE,))
    return await opening.classify(house.incidents, call("classify", incident, impacts=["edge_case"]), command)


async def decide(house: House, incident: str, **given: Any) -> Any:  # noqa: ANN401 - read as a client reads it  # noqa: ANN401 - what an agent states
    return await opening.decide(house.incidents, call("decide", incident), c.Decide(**given))


async def own_yes(house: House, incident: str, *, acknowledged: bool = True) -> Any:  # noqa: ANN401 - read as a client reads it
    """Roll back, with a client that answers its own form whether or not it was asked."""
    question = await prepare(house.incidents, call("rollback", incident))
    if isinstance(question, Stop):
        return question.answer
    asked = question if isinstance(question, Question) else None
    said = PersonSaid(verdict="yes", question=asked, approver="ada", acknowledged=acknowledged)
    return await house.app.rollbacks.rollback(call("rollback", incident), said)


async def test_a_detection_that_lies_back_unlocks_no_classification() -> None:
    house = build(runs=False)
    incident = await early(house)
    answer = await played_down(house, incident)
    assert answer.problem is not None
    assert answer.problem.code == "out_of_order"
    house.clock.advance(300)
    assert (await played_down(house, incident)).ok


async def test_a_detection_that_lies_back_turns_no_unknown_cause_into_a_rollback() -> None:
    house = build(runs=False, broken=False)
    house.production.broken_checks = {("avatar", house.production.releases[-1])}
    house.production.committed = dict.fromkeys(house.production.releases, house.clock.now() - timedelta(days=40))
    for host in house.production.hosts.values():
        host.deploys = []
    incident = await early(house, 300)
    await assess(house, incident)
    await played_down(house, incident)
    answer = await decide(house, incident)
    assert answer.result.path == "investigate"


async def test_an_outage_that_is_seen_after_a_mild_classification_keeps_the_channels_of_an_outage() -> None:
    house = build(Policy(approval=SIGNED), runs=False)
    incident = await opened(house)
    house.clock.advance(301)
    assert (await played_down(house, incident)).result.severity is Severity.P4
    await assess(house, incident)
    assert (await decide(house, incident)).result.path == "rollback"
    answer = await own_yes(house, incident)
    assert answer.problem is not None
    assert answer.problem.code == "channel"
    assert "P1" in answer.problem.reason
    assert house.executed() == []


async def test_an_outage_that_nobody_assessed_is_seen_by_the_decision_itself() -> None:
    house = build(Policy(approval=SIGNED), runs=False)
    incident = await opened(house)
    house.clock.advance(301)
    await played_down(house, incident)
    assert "What was seen is P1" in (await decide(house, incident)).says
    assert (await house.incidents.incident(incident)).bar is Severity.P1
    assert house.executed() == []


async def test_a_floor_sinks_with_no_later_look_and_with_no_classification_of_an_agent() -> None:
    house = build(Policy(approval=SIGNED), runs=False)
    incident = await opened(house)
    await assess(house, incident)
    house.production.broken.clear()
    await assess(house, incident)
    answer = await played_down(house, incident)
    assert answer.result.severity is Severity.P1
    answer = await opening.classify(
        house.incidents, call("classify", incident), c.Classify(severity=Severity.P4, reason="it is over")
    )
    assert answer.problem is not None
    assert answer.problem.code == "below_floor"


async def test_a_person_lowers_the_floor_and_what_they_overruled_does_not_raise_it_again() -> None:
    house = build(Policy(approval=SIGNED))
    incident = await opened(house)
    await assess(house, incident)
    await opening.classify(
        house.incidents,
        call("classify", incident, actor=PERSON),
        c.Classify(severity=Severity.P4, reason="a staging system"),
    )
    await assess(house, incident)
    await decide(house, incident)
    assert (await house.incidents.incident(incident)).bar is Severity.P4
    await own_yes(house, incident)
    assert (await house.incidents.incident(incident)).phase is not Phase.DECIDED


async def test_what_nobody_could_see_is_approved_like_an_outage() -> None:
    house = build(Policy(approval=SIGNED), runs=False, broken=False)
    house.production.unreadable = {"services": "the engine does not answer"}
    incident = await opened(house)
    await assess(house, incident)
    await played_down(house, incident)
    await decide(house, incident)
    answer = await own_yes(house, incident)
    assert answer.problem is not None
    assert "never read" in answer.problem.reason


async def test_a_severity_that_rose_after_the_approval_voids_it() -> None:
    house = build(Policy(approval=SIGNED), runs=False, broken=False)
    newest = house.production.releases[-1]
    house.production.broken_checks = {("avatar", newest)}
    incident = await opened(house)
    await assess(house, incident)
    await played_down(house, incident)
    await decide(house, incident)
    await prepare(house.incidents, call("rollback", incident))
    plan = (await house.incidents.incident(incident)).plan
    assert plan is not None
    person = call("approve", incident, actor=PERSON)
    await typed.approve(house.incidents, person, approver="ada", digest=plan.short, acknowledged=False)
    house.production.broken.add(newest)
    answer: Any = await house.app.rollbacks.rollback(call("rollback", incident), PersonSaid())
    assert answer.result.state == "plan_void"
    assert "does not count for P1" in answer.says
    assert house.executed() == []


HEALTHY = (
    (SIGNED, "signed"),
    (ApprovalPolicy(channels=ChannelsBySeverity.model_validate({"P1": ["cli"]})), "cli"),
    (ApprovalPolicy(), "elicitation"),
    (ApprovalPolicy(channels=ChannelsBySeverity.model_validate(["elicitation"])), "elicitation"),
)


@pytest.mark.parametrize(
    ("approval", "strongest"), HEALTHY, ids=["signed", "cli for one severity", "unsigned for all", "elicitation alone"]
)
async def test_healthy_production_is_rolled_back_through_the_strongest_channel_alone(
    approval: ApprovalPolicy, strongest: str
) -> None:
    house = build(Policy(approval=approval), broken=False)
    incident = await opened(house)
    await assess(house, incident)
    await played_down(house, incident)
    decided = await decide(house, incident)
    assert decided.result.path == "rollback"
    assert "healthy now" in decided.result.warnings[0]
    answer = await own_yes(house, incident)
    if strongest == "elicitation":
        assert answer.ok
        return
    assert answer.problem is not None
    assert answer.problem.code == "channel"
    assert "healthy" in answer.problem.reason
    assert f"({strongest})" in answer.problem.remedy
    assert house.executed() == []


async def test_healthy_production_is_rolled_back_only_where_that_was_acknowledged() -> None:
    house = build(Policy(), broken=False)
    incident = await opened(house)
    await assess(house, incident)
    await played_down(house, incident)
    await decide(house, incident)
    await prepare(house.incidents, call("rollback", incident))
    plan = (await house.incidents.incident(incident)).plan
    assert plan is not None
    assert plan.healthy
    person = call("approve", incident, actor=PERSON)
    refused = await typed.approve(house.incidents, person, approver="ada", digest=plan.short, acknowledged=False)
    assert "points to acknowledge: healthy" in refused.says
    await typed.approve(house.incidents, person, approver="ada", digest=plan.short, acknowledged=True)
    await house.app.rollbacks.rollback(call("rollback", incident), PersonSaid())
    assert house.executed() != []


async def test_production_that_became_healthy_after_the_approval_voids_it() -> None:
    house = build(Policy(), runs=False)
    incident = await opened(house)
    await assess(house, incident)
    await played_down(house, incident)
    await decide(house, incident)
    await prepare(house.incidents, call("rollback", incident))
    plan = (await house.incidents.incident(incident)).plan
    assert plan is not None
    person = call("approve", incident, actor=PERSON)
    await typed.approve(house.incidents, person, approver="ada", digest=plan.short, acknowledged=False)
    house.production.broken.clear()
    answer: Any = await house.app.rollbacks.rollback(call("rollback", incident), PersonSaid())
    assert answer.result.state == "plan_void"
    assert "healthy now" in answer.says
    assert house.executed() == []


async def test_what_is_healthy_and_broken_elsewhere_is_left_to_a_person() -> None:
    house = build(Policy(), runs=False, broken=False)
    incident = await opened(house)
    await assess(house, incident)
    command = c.Classify(impacts=(Impact.COMPLETE_OUTAGE,))
    await opening.classify(house.incidents, call("classify", incident), command)
    answer = await decide(house, incident, root_cause="it was the provider", outside_release=True)
    assert answer.result.path == "person"
