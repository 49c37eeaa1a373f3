"""Every call in every phase: legal ones are told, all others are refused in words and change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from flightrules.service.incident_service import SERVER_STREAM
from flightrules.state.phases import LEGAL
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Connect
from tests.server.journey import to_phase
from tests.service.house import build

pytestmark = pytest.mark.anyio

CALLS: dict[str, dict[str, Any]] = {
    "assess": {},
    "classify": {},
    "decide": {},
    "rollback": {},
    "fix": {"action": "begin"},
    "verify": {},
    "write_report": {},
    "report_to_planner": {"technical_debt": ["x"]},
}
"""Every tool that names an incident and may change it, with arguments that are right."""


def refused(answer: dict[str, Any], code: str = "") -> dict[str, Any]:
    """Check what every refusal carries; return the problem."""
    problem = dict(answer["problem"])
    assert answer["ok"] is False
    assert answer["says"]
    assert problem["kind"] == "refused"
    assert problem["code"]
    assert problem["reason"]
    assert problem["remedy"]
    assert not code or problem["code"] == code, answer
    return problem


def carries_standing(answer: dict[str, Any], incident: str, phase: Phase) -> None:
    """Check what every answer about an incident carries."""
    assert answer["incident"] == incident
    assert answer["phase"] == phase
    for budget in answer.get("budgets", ()):
        assert budget["limit_s"] > 0 or budget["name"] == "external_notice"
        assert isinstance(budget["left_s"], int)
    assert {step["call"] for step in answer.get("next", ())} <= {*LEGAL[phase], "post_update"}
    assert all(step["why"] for step in answer.get("next", ()))


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.requirement("ORD-table", "ORD-complete")
async def test_a_call_out_of_order_is_refused_in_words_with_the_legal_calls_and_changes_nothing(
    connect_now: Connect, phase: Phase
) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, phase)
        for tool in CALLS.keys() - set(LEGAL[phase]):
            ran = house.executed()
            result = await agent.raw(tool, incident=incident, **CALLS[tool])
            assert result.is_error, (tool, result)
            answer = dict(result.structured_content or {})
            problem = refused(answer, "out_of_order")
            assert phase in problem["reason"], problem
            carries_standing(answer, incident, phase)
            text = "".join(getattr(block, "text", "") for block in result.content)
            assert problem["reason"] in text
            assert "Traceback" not in text
            assert "Legal next:" in text
            assert house.executed() == ran
        assert (await agent.call("incident_status", incident=incident))["phase"] == phase
        await house.app.close()


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.requirement("ORD-legal-calls-are-legal")
async def test_every_call_that_an_answer_lists_as_legal_is_not_out_of_order(connect_now: Connect, phase: Phase) -> None:
    tried: set[str] = set()
    while True:
        house = build()
        async with connect_now(house) as agent:
            incident = await to_phase(house, agent, phase)
            status = await agent.call("incident_status", incident=incident)
            listed = {step["call"] for step in status.get("next", ())} & set(CALLS)
            if tried >= listed:
                break
            tool = min(listed - tried)
            tried.add(tool)
            arguments = CALLS[tool] if phase is not Phase.FIXING else {"action": "failed"}
            answer = await agent.call(tool, incident=incident, **arguments)
            assert answer.get("problem", {}).get("code") != "out_of_order", answer
            await house.app.close()


async def test_every_refusal_stands_in_the_log_with_the_call_that_caused_it(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DETECTED)
        await agent.call("verify", incident=incident, user_reports="unchanged")
    received, answered = (await house.incidents.records(incident))[-2:]
    assert (received.kind, received.data["tool"]) == ("call_received", "verify")
    assert received.data["arguments"] == {"user_reports": "unchanged"}
    assert (answered.kind, answered.data["code"]) == ("call_refused", "out_of_order")
    assert received.call == answered.call != ""
    assert received.actor.kind == "agent"


async def test_an_unknown_incident_is_refused_by_name_and_recorded(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        known = await to_phase(house, agent, Phase.DETECTED)
        for tool in (*CALLS, "incident_status"):
            answer = await agent.call(tool, incident="INC-NOSUCH", **CALLS.get(tool, {}))
            problem = refused(answer, "unknown_incident")
            assert "INC-NOSUCH" in problem["reason"]
            assert known in problem["remedy"]
            received, refusal = (await house.incidents.records(SERVER_STREAM))[-2:]
            assert (received.data["tool"], refusal.kind) == (tool, "call_refused")


async def test_an_unknown_target_is_refused_with_the_targets_there_are(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        answer = await agent.call("open_incident", target="shoop", title="x")
    problem = refused(answer, "unknown_target")
    assert "shoop" in problem["reason"]
    assert "shop" in problem["remedy"]
    assert (await house.incidents.records(SERVER_STREAM))[-1].kind == "call_refused"


async def test_an_incident_whose_target_left_the_settings_is_refused_in_words(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        house.incidents.managed_targets = {}
        for tool in (*CALLS, "incident_status"):
            refused(await agent.call(tool, incident=incident, **CALLS.get(tool, {})), "unknown_target")
        assert (await agent.call("incident_status"))["ok"]


async def test_a_rollback_whose_target_left_the_settings_is_refused_in_words_too(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.ROLLING_BACK)
        house.incidents.managed_targets = {}
        refused(await agent.call("rollback", incident=incident), "unknown_target")
        await house.app.rollbacks.close()


async def test_asking_where_an_incident_stands_moves_nothing(connect_now: Connect) -> None:
    house = build()
    async with connect_now(house) as agent:
        incident = await to_phase(house, agent, Phase.DECIDED)
        before = await house.incidents.incident(incident)
        for _ in range(3):
            answer = await agent.call("incident_status", incident=incident)
            carries_standing(answer, incident, Phase.DECIDED)
        after = await house.incidents.incident(incident)
    assert (before.phase, before.plan, before.path) == (after.phase, after.plan, after.path)
