"""Failures that were reproduced in comparable systems, where no other test has them (tests/requirements.py, PEER-)."""

from __future__ import annotations

import pytest

from flightrules.service.approval import typed as typed_approvals
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Connect, yes
from tests.server.journey import by_person, to_phase
from tests.service.house import build
from tests.service.pilot import call, fly, opened

pytestmark = pytest.mark.anyio

SIGNED = ApprovalPolicy(channels=ChannelsBySeverity(P1=("signed",)), allowed_signers="/etc/signers")


@pytest.mark.requirement("PEER-auto-accept")
async def test_a_client_that_says_yes_to_everything_starts_nothing_where_only_signatures_count(
    connect: Connect,
) -> None:
    house = build(Policy(approval=SIGNED))
    async with connect(house, yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        for _ in range(3):
            answer = await agent.call("rollback", incident=incident)
            assert answer["result"]["state"] == "awaiting_approval"
    assert agent.questions == []
    assert house.executed() == []


@pytest.mark.requirement("PEER-auto-accept")
async def test_where_a_client_may_answer_the_log_says_that_it_was_the_client_and_what_that_proves(
    connect: Connect,
) -> None:
    house = build()
    async with connect(house, yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        report = await agent.call("incident_status", incident=incident)
    (granted,) = [r.data for r in await house.store.load(incident) if r.kind == "approval_granted"]
    assert granted["channel"] == "elicitation"
    assert report["ok"]


@pytest.mark.requirement("PEER-early-answer")
@pytest.mark.parametrize("also_asked", [False, True])
async def test_an_approval_that_comes_before_anybody_waits_for_it_counts_once(also_asked: bool) -> None:  # noqa: FBT001
    house = build()
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    question = await prepare(house.incidents, call("rollback", incident))
    assert isinstance(question, Question)
    plan = (await house.incidents.incident(incident)).plan
    assert plan is not None
    typed = by_person("approve", incident)
    given = await typed_approvals.approve(house.incidents, typed, approver="bob", digest=plan.short, acknowledged=False)
    assert given.ok
    said = PersonSaid(verdict="yes", question=question, approver="ada") if also_asked else PersonSaid()
    answer = await house.app.rollbacks.rollback(call("rollback", incident), said)
    assert answer.result is not None
    assert answer.result.state == "succeeded"
    assert house.executed().count("up") == 1
    kinds = [record.kind for record in await house.store.load(incident)]
    assert (kinds.count("approval_granted"), kinds.count("rollback_started")) == (1, 1)
