"""One yes is spent once, whatever a client sends again; and who cannot ask is told so."""

from __future__ import annotations

from typing import Any

import pytest

from flightrules.service import opening
from flightrules.service.approval import typed as typed_approvals
from flightrules.state import commands as c
from flightrules.state.vocabulary import Path
from tests.server.journey import by_person
from tests.server.raw import FORM, Raw, raw
from tests.server.test_order import refused
from tests.service.house import House, build

pytestmark = pytest.mark.anyio

YES = {"action": "accept", "content": {"approve": True}}


async def asked(client: Raw, incident: str) -> dict[str, Any]:
    """The question, with its state."""
    question = await client.call("rollback", {"incident": incident}, capabilities=FORM)
    assert question["resultType"] == "input_required", question
    return question


async def answered(
    client: Raw, incident: str, question: dict[str, Any], answer: dict[str, Any], **changed: object
) -> dict[str, Any]:
    """An answer to a question, as many times as it is sent."""
    responses = dict.fromkeys(question["inputRequests"], answer)
    more = {"inputResponses": responses, "requestState": question["requestState"], **changed}
    return await client.call("rollback", {"incident": incident}, capabilities=FORM, **more)


async def approvals(house: House, incident: str) -> int:
    """Return how often a person's yes was taken."""
    return sum(record.kind == "approval_granted" for record in await house.incidents.records(incident))


@pytest.mark.requirement("APP-once")
async def test_the_same_yes_sent_again_rolls_back_nothing_a_second_time() -> None:
    house = build()
    async with raw(house) as client:
        incident = await client.decided()
        question = await asked(client, incident)
        first = await answered(client, incident, question, YES)
        assert first["structuredContent"]["result"]["state"] == "succeeded"
        for _ in range(3):
            again = await answered(client, incident, question, YES)
            assert again["isError"]
            refused(again["structuredContent"], "out_of_order")
    assert house.executed().count("up") == 1
    assert await approvals(house, incident) == 1


@pytest.mark.requirement("APP-once", "DEC-one-attempt")
async def test_a_yes_for_a_rollback_that_failed_does_not_start_the_next_one() -> None:
    house = build()
    house.production.fail_steps = {"up": 1}
    async with raw(house) as client:
        incident = await client.decided()
        question = await asked(client, incident)
        failed = await answered(client, incident, question, YES)
        assert failed["structuredContent"]["result"]["state"] == "failed"
        house.production.fail_steps = {}
        again = c.DecideByPerson(path=Path.ROLLBACK, reason="once more", release="3" * 40)
        assert (await opening.decide(house.incidents, by_person("decide", incident), again)).ok
        ran = house.executed()
        replayed = await answered(client, incident, question, YES)
        assert replayed["resultType"] == "input_required"
    assert house.executed() == ran
    assert await approvals(house, incident) == 1


async def test_a_yes_to_a_plan_that_was_replaced_meanwhile_is_asked_again() -> None:
    house = build()
    async with raw(house) as client:
        incident = await client.decided()
        question = await asked(client, incident)
        call = by_person("reject", incident)
        await typed_approvals.reject(house.incidents, call, approver="ada", reason="not this one")
        again = await answered(client, incident, question, YES)
        assert again["resultType"] == "input_required"
        assert again["inputRequests"] != question["inputRequests"]
    assert house.executed() == []


async def test_an_answer_without_its_question_is_asked_for_and_runs_nothing() -> None:
    house = build()
    async with raw(house) as client:
        incident = await client.decided()
        question = await asked(client, incident)
        unasked = await answered(client, incident, question, YES, requestState=None)
        assert unasked.get("resultType") != "complete"
        forged = await answered(client, incident, question, YES, requestState=question["requestState"][:-4] + "AAAA")
        assert forged["error"]["code"] == -32602
    assert house.executed() == []


async def test_the_state_of_one_incident_s_question_approves_no_other() -> None:
    house = build()
    async with raw(house) as client:
        first, second = await client.decided(), await client.decided()
        question = await asked(client, first)
        await asked(client, second)
        swapped = await answered(client, second, question, YES)
        assert "error" in swapped or swapped["resultType"] == "input_required"
    assert house.executed() == []


@pytest.mark.parametrize(
    ("capabilities", "asks"),
    [
        ({}, False),
        ({"elicitation": {"url": {}}}, False),
        ({"elicitation": {}}, True),
        ({"elicitation": {"form": {}, "url": {}}}, True),
        ({"sampling": {}}, False),
    ],
)
async def test_only_a_client_that_shows_forms_is_asked_and_any_other_is_told_what_to_tell(
    capabilities: dict[str, Any],
    asks: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    house = build()
    async with raw(house) as client:
        incident = await client.decided()
        answer = await client.call("rollback", {"incident": incident}, capabilities=capabilities)
    if asks:
        assert answer["resultType"] == "input_required"
    else:
        result = answer["structuredContent"]["result"]
        assert result["state"] == "awaiting_approval"
        assert "flightrules approve" in result["tell_user"]
        assert result["review"]
