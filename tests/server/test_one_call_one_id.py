"""Each call stands in the log under one id: received first, with what it had read, and with its end last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from flightrules.service import observing
from flightrules.service.incident_service import ENDS
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.waiting import put_form
from flightrules.state import commands as c
from flightrules.state.log import Recorded
from flightrules.state.vocabulary import Phase
from tests.server.conftest import Answering, Connect, no, yes
from tests.server.raw import raw
from tests.server.test_replay import YES, answered, asked
from tests.service.house import House, build
from tests.service.pilot import call, fly, opened
from tests.service.replaying.scenes import ACTS, by, replayed
from tests.service.test_crashes import living

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("LOG-one-id")]

KEY = b"o" * 16 + bytes(range(16))


def calls_in(records: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    """The events of each call, in the order of the log."""
    found: dict[str, list[Recorded]] = {}
    for record in records:
        if record.call:
            found.setdefault(record.call, []).append(record)
    return found


def in_order(records: Iterable[Recorded]) -> dict[str, str]:
    """The tool of each call, where each is received first and ends last."""
    tools: dict[str, str] = {}
    for name, events in calls_in(records).items():
        kinds = [event.kind for event in events]
        assert kinds[0] == "call_received", (name, kinds)
        assert kinds.count("call_received") == 1, (name, kinds)
        assert [kind in ENDS for kind in kinds] == [False] * (len(kinds) - 1) + [True], (name, kinds)
        read = events[0].data["read"]
        assert isinstance(read, int)
        assert 0 <= read < events[0].version
        tools[name] = str(events[0].data["tool"])
    return tools


async def rollbacks(house: House, incident: str) -> list[list[str]]:
    """The kinds of each rollback call's events."""
    records = await house.incidents.records(incident)
    tools = in_order(records)
    return [[one.kind for one in events] for name, events in calls_in(records).items() if tools[name] == "rollback"]


@pytest.mark.parametrize("person", [yes, no], ids=["yes", "no"])
async def test_a_rollback_keeps_its_id_from_the_plan_over_the_question_to_its_end(
    connect: Connect, person: Answering
) -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident, until=Phase.DECIDED)
        async with connect(house, person) as agent:
            await agent.call("rollback", incident=incident)
        (kinds,) = await rollbacks(house, incident)
        expected = ["plan_proposed", "approval_granted", "rollback_started"] if person is yes else ["approval_rejected"]
        assert [kind for kind in kinds if kind in expected] == expected
        assert (await replayed(house, incident)).word == "identical"


async def test_whatever_is_called_is_received_first_and_ends_last() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        for act in ("look", "verify", "assess", "classify", "decide", "plan", "approve", "roll back, yes", "report"):
            await ACTS[act](house, incident)
        records = await house.incidents.records(incident)
        assert set(in_order(records).values()) >= {"open_incident", "incident_status", "verify", "rollback", "approve"}
        assert records[0].kind == "call_received"


async def test_an_answer_that_another_server_takes_goes_on_under_the_id_of_the_call() -> None:
    house = build()
    other = house.restarted()
    async with raw(house, keys=[KEY]) as one, raw(other, keys=[KEY]) as two:
        incident = await one.decided()
        question = await asked(one, incident)
        assert (await answered(two, incident, question, YES))["structuredContent"]["result"]["state"] == "succeeded"
        assert len(await rollbacks(house, incident)) == 1
        await answered(one, incident, question, YES)
        assert len(await rollbacks(house, incident)) == 2, "an answer that is given again is a call of its own"
    assert (await replayed(house, incident)).word == "identical"


async def test_nobody_but_its_caller_goes_on_with_a_call_and_nobody_after_its_end() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident, until=Phase.DECIDED)
        mine = call("rollback", incident)
        invocation = house.incidents.invocation(mine)
        question = await prepare(house.incidents, invocation)
        assert isinstance(question, Question)
        await put_form(house.incidents, invocation, question)
        assert (await house.incidents.continued(mine, invocation.identity)).identity == invocation.identity
        assert (
            await house.incidents.continued(replace(mine, account="eve"), invocation.identity)
        ).identity != invocation.identity
        assert (
            await house.incidents.continued(replace(mine, tool="fix"), invocation.identity)
        ).identity != invocation.identity
        first, second = [await house.incidents.continued(mine, invocation.identity) for _ in range(2)]
        for gone_on in (first, second):
            await house.incidents.apply(gone_on, c.ShowRollback())
        assert first.identity == invocation.identity
        assert second.identity != invocation.identity, "two answers at once do not share an id"


async def test_a_call_that_is_refused_before_an_incident_exists_is_received_first_too() -> None:
    async with living(build()) as house:
        answer = await ACTS["look"](house, "INC-NONE00")
        assert not answer.ok
        kinds = [record.kind for record in await house.incidents.records("server")]
        assert kinds[-2:] == ["call_received", "call_refused"]


async def test_the_key_of_another_call_is_on_record_beside_the_refusal() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await ACTS["assess, twice under one key"](house, incident)
        await observing.verify(house.incidents, replace(by(False, "verify", incident), key="k-1"), "unknown")  # noqa: FBT003
        received = [r for r in await house.incidents.records(incident) if r.kind == "call_received"]
        assert [(r.data["tool"], r.data["key"]) for r in received[-2:]] == [("assess", "k-1"), ("verify", "k-1")]
        assert received[-1].call != "k-1"
