"""With a key of its own, a question that waits for an answer outlives the server that asked it."""

from __future__ import annotations

import pytest

from tests.server.raw import raw
from tests.server.test_replay import YES, answered, approvals, asked
from tests.service.house import build

pytestmark = pytest.mark.anyio

OLD, NEW, OTHER = b"o" * 16 + bytes(range(16)), b"n" * 16 + bytes(range(16)), b"x" * 16 + bytes(range(16))


@pytest.mark.requirement("APP-question-survives")
@pytest.mark.parametrize(("before", "after"), [([OLD], [OLD]), ([OLD, NEW], [NEW, OLD]), ([OLD], [NEW, OLD])])
@pytest.mark.requirement("PEER-restart-pending")
async def test_a_yes_counts_after_a_restart_and_while_keys_are_changed(before: list[bytes], after: list[bytes]) -> None:
    house = build()
    async with raw(house, keys=before) as client:
        incident = await client.decided()
        question = await asked(client, incident)
    again = house.restarted()
    async with raw(again, keys=after) as client:
        answer = await answered(client, incident, question, YES)
    assert answer["structuredContent"]["result"]["state"] == "succeeded"
    assert await approvals(house, incident) == 1


@pytest.mark.requirement("APP-question-survives")
async def test_a_second_server_on_the_same_log_takes_the_yes_once() -> None:
    house = build()
    other = house.restarted()
    async with raw(house, keys=[OLD]) as one, raw(other, keys=[OLD]) as two:
        incident = await one.decided()
        question = await asked(one, incident)
        assert (await answered(two, incident, question, YES))["structuredContent"]["result"]["state"] == "succeeded"
        again = await answered(one, incident, question, YES)
        assert again["isError"]
    assert house.executed().count("up") == 1
    assert await approvals(house, incident) == 1


@pytest.mark.parametrize("keys", [[], [OTHER]])
async def test_without_that_key_a_yes_to_another_server_runs_nothing(keys: list[bytes]) -> None:
    house = build()
    async with raw(house, keys=[OLD]) as client:
        incident = await client.decided()
        question = await asked(client, incident)
    async with raw(house.restarted(), keys=keys) as client:
        answer = await answered(client, incident, question, YES)
    assert answer["error"]["code"] == -32602
    assert house.executed() == []
    assert await approvals(house, incident) == 0
