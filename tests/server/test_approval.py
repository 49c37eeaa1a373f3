"""A person's word through a client: yes, no, silence and nonsense, in both protocol eras."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import METHOD_NOT_FOUND, ElicitRequestParams, ElicitResult, ErrorData

from flightrules.server.mcp import build_server
from flightrules.service.answers import Answer
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.rollback import planning
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Agent, Connect, no, yes
from tests.server.journey import by_person, to_phase
from tests.server.test_order import carries_standing, refused
from tests.service.house import RELEASES, House, build

pytestmark = pytest.mark.anyio

GOOD = RELEASES[-2]
TERMINAL_ONLY = Policy(approval=ApprovalPolicy(channels=ChannelsBySeverity(P1=("cli",))))
CLIENT_ONLY = Policy(approval=ApprovalPolicy(channels=ChannelsBySeverity(P1=("elicitation",))))


async def approve_on_terminal(
    house: House, incident: str, digest: str = "", *, acknowledged: bool = False
) -> Answer[None]:
    """Approve as `flightrules approve` does with what a person typed; the right digest unless another is given."""
    plan = (await house.incidents.incident(incident)).plan
    typed = digest or (plan.short if plan else "")
    return await typed_approvals.approve(
        house.incidents, by_person("approve", incident), approver="ada", digest=typed, acknowledged=acknowledged
    )


async def refusal_on_terminal(house: House, incident: str, digest: str = "") -> str:
    """The code with which a terminal's approval is refused."""
    problem = (await approve_on_terminal(house, incident, digest)).problem
    assert problem is not None
    return problem.code


async def kinds(house: House, incident: str) -> list[str]:
    """The kinds of all events of an incident."""
    return [record.kind for record in await house.incidents.records(incident)]


@pytest.mark.requirement("APP-needed", "APP-named", "APP-proves")
async def test_a_yes_runs_the_plan_the_person_was_shown_and_the_log_names_person_and_channel(connect: Connect) -> None:
    house = build()
    async with connect(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert answer["result"]["state"] == "succeeded"
    assert len(agent.questions) == 1
    assert GOOD in agent.questions[0]
    (granted,) = [r for r in await house.incidents.records(incident) if r.kind == "approval_granted"]
    assert granted.actor.kind == "person"
    assert granted.data["channel"] == "elicitation"
    assert granted.data["plan"] == answer["result"]["plan"]
    assert "as mcp" in granted.actor.name


@pytest.mark.requirement("APP-rejected")
async def test_a_no_with_a_reason_is_told_to_the_agent_and_nothing_runs(connect: Connect) -> None:
    house = build()
    async with connect(house, no) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert answer["result"]["state"] == "rejected"
    assert "not now" in answer["says"]
    carries_standing(answer, incident, Phase.DECIDED)
    assert house.executed() == []
    (rejected,) = [r for r in await house.incidents.records(incident) if r.kind == "approval_rejected"]
    assert (rejected.data["reason"], rejected.actor.kind) == ("not now", "person")


@pytest.mark.requirement("APP-rejected")
async def test_the_reason_for_a_no_reaches_the_agent_the_log_and_the_report(connect: Connect) -> None:
    house, answers = build(), iter([no(""), yes("")])
    async with connect(house, lambda _question: next(answers)) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        told = await agent.call("rollback", incident=incident)
        assert "A person rejected the plan: not now." in told["says"]
        await agent.call("rollback", incident=incident)
        await agent.call("verify", incident=incident)
        await agent.call("write_report", incident=incident, root_cause="v5 broke the health answer")
    assert "submit with `approve` off and the reason" in agent.questions[0]
    (rejected,) = [r for r in await house.incidents.records(incident) if r.kind == "approval_rejected"]
    assert rejected.data["reason"] == "not now"
    assert any("  - Reason: not now" in text for text in house.documents.written.values())


@pytest.mark.requirement("APP-rejected", "PLAN-acknowledge")
async def test_who_says_no_need_acknowledge_nothing(connect: Connect) -> None:
    house = with_migrations(build())
    async with connect(house, no) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        told = await agent.call("rollback", incident=incident)
    assert told["result"]["state"] == "rejected", told["says"]
    assert "not now" in told["says"]


async def test_a_form_that_is_declined_is_nobodys_no_and_a_person_can_still_approve_in_a_terminal(
    connect: Connect,
) -> None:
    house = build()
    async with connect(house, lambda _question: ElicitResult(action="decline")) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        told = await agent.call("rollback", incident=incident)
        assert "flightrules approve" in told["says"]
        assert (await approve_on_terminal(house, incident)).ok
    assert "approval_rejected" not in await kinds(house, incident)


@pytest.mark.requirement("APP-rejected")
async def test_a_no_at_a_terminal_is_told_to_the_agent_with_the_next_plan_until_it_decides_anew(
    connect: Connect,
) -> None:
    house = build()
    async with connect(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        await typed_approvals.reject(
            house.incidents, by_person("reject", incident), approver="ada", reason="not during the sale"
        )
        for _ in range(2):
            told = await agent.call("rollback", incident=incident)
            assert told["result"]["state"] == "awaiting_approval"
            assert "A person rejected the plan: not during the sale. This is another plan." in told["says"]
        await agent.call("decide", incident=incident)
        assert "the sale" not in (await agent.call("rollback", incident=incident))["says"]


async def test_after_a_no_the_next_call_asks_about_a_new_plan(connect: Connect) -> None:
    house, answers = build(), iter([no(""), yes("")])
    async with connect(house, lambda _question: next(answers)) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "rejected"
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"
    assert len(set(agent.questions)) == 2


async def test_a_very_long_reason_for_a_no_still_is_a_no(connect: Connect) -> None:
    house = build()
    long = ElicitResult(action="accept", content={"approve": False, "reason": "no\x1b[2J " * 5000})
    async with connect(house, lambda _question: long) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert answer["result"]["state"] == "rejected"
    assert "\x1b" not in answer["says"]
    assert house.executed() == []


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_who_declines_or_cancels_has_said_nothing(connect: Connect, action: Literal["decline", "cancel"]) -> None:
    house = build()
    async with connect(house, lambda _question: ElicitResult(action=action)) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert answer["result"]["state"] == "awaiting_approval"
    assert house.executed() == []
    assert "approval_granted" not in await kinds(house, incident)


MALFORMED: list[dict[str, Any] | None] = [
    None,
    {},
    {"approve": "maybe"},
    {"approve": None},
    {"reason": "approve"},
    {"approve": ["true"]},
    {"approve": "true"},
    {"approve": 1},
    {"channel": "cli"},
]


@pytest.mark.parametrize("content", MALFORMED)
async def test_an_accept_that_does_not_say_yes_starts_nothing_and_is_told_in_words(
    connect: Connect, content: dict[str, Any] | None
) -> None:
    house = build()
    async with connect(house, lambda _question: ElicitResult(action="accept", content=content)) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        result = await agent.raw("rollback", incident=incident)
    assert result.is_error
    answer = dict(result.structured_content or {})
    refused(answer)
    carries_standing(answer, incident, Phase.DECIDED)
    assert house.executed() == []
    assert "approval_granted" not in await kinds(house, incident)


async def test_a_client_that_cannot_ask_is_told_what_to_tell_its_user(connect: Connect) -> None:
    house = build()
    async with connect(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
        result = answer["result"]
        assert answer["ok"]
        assert result["state"] == "awaiting_approval"
        assert f"flightrules approve {incident}" in result["tell_user"]
        assert result["digest"] in result["tell_user"]
        assert GOOD in result["review"]
        again = await agent.call("rollback", incident=incident)
        assert again["result"] == result
    assert house.executed() == []


@pytest.mark.requirement("APP-channel")
async def test_where_policy_wants_the_terminal_nobody_is_asked_through_the_client(connect: Connect) -> None:
    house = build(TERMINAL_ONLY)
    async with connect(house, yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
        assert answer["result"]["state"] == "awaiting_approval"
        assert "flightrules approve" in answer["result"]["tell_user"]
        assert agent.questions == []
        assert (await approve_on_terminal(house, incident)).ok
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"
    assert agent.questions == []


@pytest.mark.requirement("APP-channel")
async def test_where_policy_wants_the_client_the_terminal_is_not_offered_and_does_not_count(connect: Connect) -> None:
    house = build(CLIENT_ONLY)
    async with connect(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
        assert "flightrules approve" not in answer["result"]["tell_user"]
        assert await refusal_on_terminal(house, incident) == "channel"
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "awaiting_approval"
    assert house.executed() == []


def with_migrations(house: House) -> House:
    """Data moved between the two releases."""
    house.production.changed_paths = ("migrations/0005_drop_names.sql",)
    return house


@pytest.mark.requirement("PLAN-acknowledge", "PLAN-migrations")
async def test_points_to_acknowledge_are_shown_and_a_yes_without_them_does_not_count(connect: Connect) -> None:
    house = with_migrations(build())
    only_yes = ElicitResult(action="accept", content={"approve": True, "acknowledge": False})
    async with connect(house, lambda _question: only_yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        problem = refused(await agent.call("rollback", incident=incident), "not_acknowledged")
    assert "0005_drop_names" in agent.questions[0]
    assert "0005_drop_names" in problem["reason"]
    assert house.executed() == []


async def test_points_that_were_acknowledged_are_on_record(connect: Connect) -> None:
    house = with_migrations(build())
    async with connect(house, yes) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"
    (granted,) = [r for r in await house.incidents.records(incident) if r.kind == "approval_granted"]
    assert granted.data["acknowledged"] is True


async def test_a_terminal_needs_the_acknowledgement_too(connect_now: Connect) -> None:
    house = with_migrations(build())
    async with connect_now(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        assert await refusal_on_terminal(house, incident) == "not_acknowledged"
        assert (await approve_on_terminal(house, incident, acknowledged=True)).ok


@pytest.mark.requirement("PEER-early-answer")
async def test_an_approval_on_the_terminal_lets_the_next_call_run_it_unasked(connect: Connect) -> None:
    house = build()
    async with connect(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        assert (await approve_on_terminal(house, incident)).ok
        answer = await agent.call("rollback", incident=incident)
    assert answer["result"]["state"] == "succeeded"
    assert house.production.hosts["web-1"].serving == GOOD


@pytest.mark.requirement("APP-once")
async def test_a_terminal_approval_works_once_and_counts_once(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        assert (await approve_on_terminal(house, incident)).ok
        assert await refusal_on_terminal(house, incident) == "already_approved"
        await agent.call("rollback", incident=incident)
        assert await refusal_on_terminal(house, incident) == "no_plan"
        problem = refused(await agent.call("rollback", incident=incident), "out_of_order")
        assert "verifying" in problem["reason"]
    assert house.executed().count("up") == 1


async def test_a_wrong_digest_is_refused_and_approves_nothing(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        for digest in ("00000000", "yes", "INC", " "):
            assert await refusal_on_terminal(house, incident, digest) == "wrong_digest"
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "awaiting_approval"
    assert house.executed() == []


async def test_the_digest_of_one_incident_approves_no_other(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house, None) as agent:
        first = await to_phase(house, agent, Phase.DECIDED)
        second = await to_phase(house, agent, Phase.DECIDED)
        digest = (await agent.call("rollback", incident=first))["result"]["digest"]
        await agent.call("rollback", incident=second)
        assert await refusal_on_terminal(house, second, digest) == "wrong_digest"
        assert (await approve_on_terminal(house, first, digest)).ok
        assert (await agent.call("rollback", incident=second))["result"]["state"] == "awaiting_approval"


@pytest.mark.requirement("APP-expires")
async def test_an_approval_that_was_not_used_in_time_is_void_and_the_same_plan_is_asked_again(
    connect: Connect,
) -> None:
    house = build()
    async with connect(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        plan = (await agent.call("rollback", incident=incident))["result"]["plan"]
        assert (await approve_on_terminal(house, incident)).ok
        house.clock.advance(10 * 60 + 1)
        answer = await agent.call("rollback", incident=incident)
        assert (answer["result"]["state"], answer["result"]["plan"]) == ("awaiting_approval", plan)
        assert house.executed() == []
        assert (await approve_on_terminal(house, incident)).ok
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"


@pytest.mark.requirement("APP-world-moved")
async def test_an_approval_dies_when_production_moves(connect: Connect) -> None:
    house = build()
    async with connect(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        assert (await approve_on_terminal(house, incident)).ok
        house.production.hosts["web-1"].head = RELEASES[0]
        answer = await agent.call("rollback", incident=incident)
    assert answer["result"]["state"] == "plan_void"
    assert "head on web-1" in answer["says"]
    assert house.executed() == []


@pytest.mark.requirement("APP-exact-plan")
async def test_a_plan_made_between_question_and_answer_is_not_approved_by_the_old_answer(era: str) -> None:
    house = build()
    questions: list[str] = []

    async def elicited(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        questions.append(params.message)
        if len(questions) > 1:
            return no(params.message)
        call = by_person("reject", incident)
        await typed_approvals.reject(house.incidents, call, approver="ada", reason="not this one")
        await planning.prepare(house.incidents, by_person("rollback", incident))
        return yes(params.message)

    async with Client(build_server(house.app), mode=era, elicitation_callback=elicited) as client:
        incident = await to_phase(house, Agent(client), Phase.DECIDED)
        await client.call_tool("rollback", {"incident": incident})
    assert house.executed() == []
    assert "approval_granted" not in await kinds(house, incident)


@pytest.mark.requirement("APP-person-only")
async def test_nothing_that_an_agent_sends_makes_it_a_person(connect: Connect) -> None:
    house = build()
    async with connect(house, None) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        await agent.call("rollback", incident=incident)
        for tool in ("approve", "reject", "close", "accept", "unlock"):
            refused(await agent.call(tool, incident=incident, digest="x"), "bad_arguments")
        for more in ({"actor": "person"}, {"approver": "ada"}, {"acknowledged": True}):
            refused(await agent.call("rollback", incident=incident, **more), "bad_arguments")
        refused(await agent.call("classify", incident=incident, severity="P4", reason="a person says so"))
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "awaiting_approval"
    actors = {record.actor.kind for record in await house.incidents.records(incident)}
    assert actors == {"agent"}
    assert house.executed() == []


@pytest.mark.parametrize(
    "content", [None, {}, {"approve": "true"}, {"approve": 1}, {"approve": ["yes"]}, {"acknowledge": True}]
)
async def test_an_answer_that_does_not_fit_the_form_is_no_yes_and_names_another_way(
    connect: Connect, content: dict[str, Any] | None
) -> None:
    house = build()
    answers = ElicitResult(action="accept", content=content)
    async with connect(house, lambda _question: answers) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert answer["problem"]["code"] == "form_not_shown"
    assert "could not put the form before your user" in answer["says"]
    assert "flightrules approve" in answer["says"]
    assert "Resolver" not in answer["says"]
    assert "approval_granted" not in await kinds(house, incident)


async def test_a_client_that_answers_a_form_with_an_error_is_told_so_and_names_another_way() -> None:
    async def unknown(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        del context, params
        return ErrorData(code=METHOD_NOT_FOUND, message="Method not found")

    house = build()
    async with Client(build_server(house.app), mode="legacy", elicitation_callback=unknown) as client:
        agent = Agent(client)
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert answer["problem"]["code"] == "form_not_shown"
    assert "approval_granted" not in await kinds(house, incident)
