"""Forms that nobody draws, and forms that a client declines by itself, in both protocol eras."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult
from pydantic import JsonValue

from flightrules.server.mcp import build_server
from flightrules.service.answers import Answer
from flightrules.service.approval import typed
from flightrules.service.invocation import Call
from flightrules.state.messages.due import messages
from flightrules.state.rules.asking import FORM_S, UNSEEN_S
from flightrules.state.vocabulary import Audience, Phase
from flightrules.testing import ManualClock
from tests.server.conftest import Agent, Connect, yes
from tests.server.journey import PERSON, to_phase
from tests.server.raw import FORM, Raw, raw
from tests.server.test_approval import kinds
from tests.service.house import House, build
from tests.service.replaying.scenes import replayed

pytestmark = pytest.mark.anyio

DECLINED = "The client declined; nobody may have been asked"


async def approve_on_terminal(house: House, incident: str) -> Answer[None]:
    """A person types the digest, and the log has it as `flightrules approve` leaves it."""
    plan = (await house.incidents.incident(incident)).plan
    assert plan is not None
    arguments: dict[str, JsonValue] = {"digest": plan.short, "acknowledged": False}
    call = Call(tool="approve", arguments=arguments, actor=PERSON, incident=incident, account="ada")
    return await typed.approve(house.incidents, call, approver="ada", digest=plan.short, acknowledged=False)


class Silent:
    """A client that announces forms and draws none."""

    def __init__(self) -> None:
        self.asked = anyio.Event()
        self.times = 0
        self.withdrawn = False

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Never answer."""
        del context, params
        self.times += 1
        self.asked.set()
        try:
            await anyio.sleep_forever()
        except asyncio.CancelledError:
            self.withdrawn = True
            raise
        raise AssertionError("nobody wakes it")


def people(house: House) -> ManualClock:
    """The clock by which people are waited for."""
    clock = house.app.rollbacks.people
    assert isinstance(clock, ManualClock)
    return clock


async def pass_by(house: House, seconds: float) -> None:
    """Let that time pass while a person is waited for."""
    for _ in range(int(seconds * 2)):
        with anyio.fail_after(5):
            while not people(house).sleepers:
                await anyio.lowlevel.checkpoint()
        people(house).advance(0.5)


async def while_asked(house: House, silent: Silent, agent: Agent, incident: str, then: Callable[[], Any]) -> Any:  # noqa: ANN401 - as a tool answers
    """Call `rollback`, and do something else while its form is open; gives the answer."""
    found: list[dict[str, Any]] = []

    async def call() -> None:
        found.append(await agent.call("rollback", incident=incident))

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await silent.asked.wait()
            await then()
            while not found:
                people(house).advance(0.5)
                await anyio.lowlevel.checkpoint()
    return found[0]


async def test_a_form_that_nobody_draws_is_withdrawn_and_the_call_names_the_other_ways() -> None:
    house, silent = build(), Silent()
    async with Client(build_server(house.app), mode="legacy", elicitation_callback=silent) as client:
        agent = Agent(client)
        incident = await to_phase(house, agent, Phase.DECIDED)
        agent.progress.clear()
        answer = await while_asked(house, silent, agent, incident, lambda: pass_by(house, FORM_S))
        assert answer["result"]["state"] == "awaiting_approval"
        assert "flightrules approve" in answer["says"]
        assert silent.withdrawn
        assert len(agent.progress) >= 5
        assert "a person is asked" in agent.progress[0].lower()
        again = await agent.call("rollback", incident=incident)
        assert again["result"]["state"] == "awaiting_approval"
        assert silent.times == 1
        assert (await replayed(house, incident)).word == "identical"
    (closed,) = [r for r in await house.incidents.records(incident) if r.kind == "form_closed"]
    assert (closed.data["how"], closed.data["last"]) == ("unanswered", True)
    assert house.executed() == []


async def test_an_approval_in_a_terminal_frees_a_call_whose_form_is_open() -> None:
    house, silent = build(), Silent()
    async with Client(build_server(house.app), mode="legacy", elicitation_callback=silent) as client:
        agent = Agent(client)
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await while_asked(house, silent, agent, incident, lambda: approve_on_terminal(house, incident))
        assert answer["result"]["state"] == "succeeded", answer["says"]
        assert silent.withdrawn
        assert (await replayed(house, incident)).word == "identical"
    assert "form_closed" not in await kinds(house, incident)


async def asked(client: Raw, incident: str, **more: object) -> dict[str, Any]:
    """One `rollback` of a client that has forms."""
    return await client.call("rollback", {"incident": incident}, capabilities=FORM, **more)


async def test_a_question_that_a_client_kept_without_an_answer_is_not_asked_again() -> None:
    house = build()
    async with raw(house) as client:
        incident = await client.decided()
        assert (await asked(client, incident))["resultType"] == "input_required"
        house.clock.advance(FORM_S / 2)
        assert (await asked(client, incident))["resultType"] == "input_required"
        house.clock.advance(FORM_S / 2)
        for _ in range(2):
            told = (await asked(client, incident))["structuredContent"]
            assert told["result"]["state"] == "awaiting_approval"
        assert (await replayed(house, incident)).word == "identical"
    assert (await kinds(house, incident)).count("form_put") == 1
    assert (await kinds(house, incident)).count("form_closed") == 1


@pytest.mark.parametrize(
    "answer", [{}, {"code": -32601, "message": "Method not found"}, None, "yes", {"action": "yes"}]
)
async def test_what_is_no_answer_is_told_in_words_in_the_newer_protocol_too(answer: object) -> None:
    house = build()
    async with raw(house) as client:
        incident = await client.decided()
        question = await asked(client, incident)
        told = await asked(client, incident, inputResponses={"approval": answer}, requestState=question["requestState"])
    assert told["structuredContent"]["problem"]["code"] == "form_not_shown"
    assert house.executed() == []


async def test_a_person_may_think_for_long_and_their_late_yes_counts() -> None:
    house = build()
    async with raw(house) as client:
        incident = await client.decided()
        question = await asked(client, incident)
        house.clock.advance(FORM_S * 3)
        await asked(client, incident)
        yes_now = {key: {"action": "accept", "content": {"approve": True}} for key in question["inputRequests"]}
        told = await asked(client, incident, inputResponses=yes_now, requestState=question["requestState"])
        assert told["structuredContent"]["result"]["state"] == "succeeded"
        assert (await replayed(house, incident)).word == "identical"


async def test_the_question_has_a_name_of_its_own_on_the_wire() -> None:
    house = build()
    async with raw(house) as client:
        question = await asked(client, await client.decided())
    assert list(question["inputRequests"]) == ["approval"]


async def test_a_form_that_is_declined_at_once_is_on_record_as_nobodys_no_and_not_shown_again(connect: Connect) -> None:
    house = build()
    async with connect(house, lambda _question: ElicitResult(action="decline")) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        told = await agent.call("rollback", incident=incident)
        assert told["result"]["state"] == "awaiting_approval"
        await agent.call("rollback", incident=incident)
        assert len(agent.questions) == 1
        assert (await approve_on_terminal(house, incident)).ok
        await agent.call("rollback", incident=incident)
        await agent.call("verify", incident=incident)
        await agent.call("write_report", incident=incident, root_cause="v5 broke the health answer")
        assert (await replayed(house, incident)).word == "identical"
    told_to = [m for m in messages(await house.incidents.records(incident)) if m.audience is Audience.APPROVERS]
    assert [m.title for m in told_to if "declined" in m.title] == [f"[P1] {incident} shop: {DECLINED}"]
    report = max(house.documents.written.values(), key=len)
    assert "nobody may have been asked" in report
    assert "rejected" not in report.lower()


async def test_a_form_that_is_declined_after_a_while_may_have_been_read_and_is_shown_again(connect: Connect) -> None:
    house = build()

    def after_a_while(_question: str) -> ElicitResult:
        house.clock.advance(UNSEEN_S + 1)
        return ElicitResult(action="decline")

    async with connect(house, after_a_while) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        for _ in range(2):
            await agent.call("rollback", incident=incident)
        assert len(agent.questions) == 2
        assert (await replayed(house, incident)).word == "identical"
    letters = [m for m in messages(await house.incidents.records(incident)) if "declined" in m.title]
    assert len(letters) == 1


async def test_a_yes_that_lacks_the_acknowledgement_is_asked_for_again_however_late(connect: Connect) -> None:
    house = build()
    house.production.changed_paths = ("migrations/0005_drop_names.sql",)
    answers = iter([ElicitResult(action="accept", content={"approve": True, "acknowledge": False}), yes("")])

    def slowly(_question: str) -> ElicitResult:
        house.clock.advance(FORM_S + 5)
        return next(answers)

    async with connect(house, slowly) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        assert (await agent.call("rollback", incident=incident))["problem"]["code"] == "not_acknowledged"
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "succeeded"
        assert (await replayed(house, incident)).word == "identical"


async def test_an_answer_that_does_not_fit_is_replayed_and_the_next_call_names_the_other_ways(connect: Connect) -> None:
    house = build()
    async with connect(house, lambda _question: ElicitResult(action="accept", content={})) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        assert (await agent.call("rollback", incident=incident))["problem"]["code"] == "form_not_shown"
        assert (await agent.call("rollback", incident=incident))["result"]["state"] == "awaiting_approval"
        assert (await replayed(house, incident)).word == "identical"
