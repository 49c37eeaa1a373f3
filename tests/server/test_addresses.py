"""Approval by an address that a client opens, where the settings name one, in both protocol eras."""

from __future__ import annotations

from typing import Any

import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitRequestURLParams, ElicitResult, ServerNotification

from flightrules.server.mcp import build_server
from flightrules.state.policy import ApprovalPolicy, ChannelsBySeverity, Policy
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Agent
from tests.server.journey import to_phase
from tests.server.raw import FORM, Raw, raw
from tests.server.test_approval import kinds
from tests.server.test_forms_unanswered import approve_on_terminal, people
from tests.service.house import House, build
from tests.service.replaying.scenes import replayed

pytestmark = pytest.mark.anyio

PAGE = "http://127.0.0.1:8099/approve/{incident}"
URL: dict[str, Any] = {"elicitation": {"url": {}}}
BOTH: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}}
TERMINAL_ONLY = Policy(approval=ApprovalPolicy(channels=ChannelsBySeverity(P1=("cli",))))


def with_page(policy: Policy | None = None) -> House:
    """A house whose settings name a page."""
    house = build(policy)
    house.incidents.page = PAGE
    return house


async def rollback(client: Raw, incident: str, capabilities: dict[str, Any], **more: object) -> dict[str, Any]:
    """One `rollback` of a client with these capabilities."""
    return await client.call("rollback", {"incident": incident}, capabilities=capabilities, **more)


async def test_without_a_page_in_the_settings_no_question_carries_an_address() -> None:
    async with raw(build()) as client:
        told = await rollback(client, await client.decided(), URL)
    assert told["structuredContent"]["result"]["state"] == "awaiting_approval"


async def test_a_client_that_shows_forms_is_asked_by_form_and_one_that_cannot_by_the_address() -> None:
    for capabilities, mode in ((FORM, "form"), (BOTH, "form"), (URL, "url")):
        async with raw(with_page()) as client:
            told = await rollback(client, await client.decided(), capabilities)
        assert told["inputRequests"]["approval"]["params"].get("mode", "form") == mode


async def test_where_no_form_counts_the_address_is_given_and_names_the_incident() -> None:
    async with raw(with_page(TERMINAL_ONLY)) as client:
        incident = await client.decided()
        told = await rollback(client, incident, BOTH)
    params = told["inputRequests"]["approval"]["params"]
    assert params["url"] == PAGE.format(incident=incident)
    assert "approves nothing" in params["message"]


async def test_to_accept_the_address_approves_nothing_and_an_approval_meanwhile_lets_the_call_go_on() -> None:
    house = with_page()
    house.app.rollbacks.people = house.clock  # which runs: what is waited for passes at once
    async with raw(house) as client:
        incident = await client.decided()
        question = await rollback(client, incident, URL)
        accepted = {"inputResponses": {"approval": {"action": "accept"}}, "requestState": question["requestState"]}
        told = (await rollback(client, incident, URL, **accepted))["structuredContent"]
        assert told["result"]["state"] == "awaiting_approval"
        assert PAGE.format(incident=incident) in told["result"]["tell_user"]
        assert "approval_granted" not in await kinds(house, incident)
        assert (await approve_on_terminal(house, incident)).ok
        told = (await rollback(client, incident, URL, **accepted))["structuredContent"]
        assert told["result"]["state"] == "succeeded"
        assert (await replayed(house, incident)).word == "identical"


async def test_an_address_that_is_declined_is_on_record_as_nobodys_no() -> None:
    house = with_page()
    async with raw(house) as client:
        incident = await client.decided()
        question = await rollback(client, incident, URL)
        no = {"inputResponses": {"approval": {"action": "decline"}}, "requestState": question["requestState"]}
        told = await rollback(client, incident, URL, **no)
        assert told["structuredContent"]["result"]["state"] == "awaiting_approval"
    assert (await kinds(house, incident)).count("form_closed") == 1


async def test_an_answer_to_a_form_is_none_to_an_address() -> None:
    house = with_page()
    async with raw(house) as client:
        incident = await client.decided()
        question = await rollback(client, incident, URL)
        yes = {"approval": {"action": "accept", "content": {"approve": True}}}
        house.app.rollbacks.people = house.clock
        more = {"inputResponses": yes, "requestState": question["requestState"]}
        told = await rollback(client, incident, BOTH, **more)
    assert told["structuredContent"]["result"]["state"] == "awaiting_approval"
    assert "approval_granted" not in await kinds(house, incident)


async def test_in_the_handshake_era_the_call_waits_for_the_page_and_the_client_is_told_that_it_is_done() -> None:
    house = with_page(TERMINAL_ONLY)
    opened: list[str] = []
    told: list[str] = []

    async def elicited(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        assert isinstance(params, ElicitRequestURLParams)
        opened.append(params.url)
        assert (await approve_on_terminal(house, incident)).ok
        people(house).advance(1)
        return ElicitResult(action="accept")

    async def heard(message: object) -> None:
        if isinstance(message, ServerNotification):
            told.append(message.method)

    server = build_server(house.app)
    async with Client(server, mode="legacy", elicitation_callback=elicited, message_handler=heard) as client:
        agent = Agent(client)
        incident = await to_phase(house, agent, Phase.DECIDED)
        answer = await agent.call("rollback", incident=incident)
    assert opened == [PAGE.format(incident=incident)]
    assert answer["result"]["state"] == "succeeded"
    assert "notifications/elicitation/complete" in told
