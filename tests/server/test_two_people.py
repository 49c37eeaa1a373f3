"""Further approvals, seen from an agent: two people, somebody other than whoever asked, and a person's own key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flightrules.account import account
from flightrules.service.answers import Answer
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.rollback import planning
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Connect, no
from tests.server.journey import by_person, to_phase
from tests.service.house import House, build

pytestmark = pytest.mark.anyio


async def typed(house: House, incident: str, name: str) -> Answer[None]:
    """Somebody with this account approves at a terminal."""
    plan = (await house.incidents.incident(incident)).plan
    call = replace(by_person("approve", incident), account=name)
    digest = plan.short if plan else ""
    return await typed_approvals.approve(house.incidents, call, approver=name, digest=digest, acknowledged=False)


@pytest.mark.requirement("APP-two-people")
async def test_a_yes_in_the_client_is_one_of_two_and_nobody_is_asked_twice(connect: Connect) -> None:
    house = build(Policy(approval=ApprovalPolicy(approvers=2)))
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        for _ in range(2):
            answer = await agent.call("rollback", incident=incident)
            assert answer["result"]["state"] == "awaiting_approval"
            assert f"{account()} (as mcp says) approved; 2 different people must" in answer["result"]["tell_user"]
        assert len(agent.questions) == 1
        assert house.executed() == []
        same = await typed(house, incident, account())
        assert same.problem is not None
        assert same.problem.code == "same_approver"
        assert (await typed(house, incident, "bob")).ok
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"
    assert (await house.incidents.incident(incident)).approver == f"{account()} (as mcp says) and bob"


@pytest.mark.requirement("APP-requester")
async def test_whoever_asked_is_not_asked_where_another_must_approve(connect: Connect) -> None:
    house = build(Policy(approval=ApprovalPolicy(requester_must_differ=True)))
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "awaiting_approval"
        assert agent.questions == []
        own = await typed(house, incident, account())
        assert own.problem is not None
        assert own.problem.code == "requester"
        assert (await typed(house, incident, "bob")).ok
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"


@pytest.mark.requirement("APP-channel")
@pytest.mark.requirement("PEER-auto-accept")
async def test_where_only_signatures_count_nobody_is_asked_and_the_user_is_told_how_to_sign(connect: Connect) -> None:
    policy = ApprovalPolicy(channels=ChannelsBySeverity(P1=("signed",)), allowed_signers="/etc/signers")
    house = build(Policy(approval=policy))
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert f"flightrules approve {incident} --key PATH" in answer["result"]["tell_user"]
    assert agent.questions == []
    refused = await typed(house, incident, "bob")
    assert refused.problem is not None
    assert refused.problem.code == "channel"


@pytest.mark.requirement("APP-two-people", "APP-rejected")
async def test_one_no_is_enough_against_a_yes(connect: Connect) -> None:
    house = build(Policy(approval=ApprovalPolicy(approvers=2)))
    async with connect(house, no) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await planning.prepare(house.incidents, replace(by_person("rollback", incident), account="eve"))
        assert (await typed(house, incident, "bob")).ok
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "rejected"
    after = await house.incidents.incident(incident)
    assert (after.plan, after.approvals) == (None, ())
