"""Calls that read, and were overtaken before they left their first event, are replayed as they were made."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from flightrules.replay.replay import replay
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state.archive.sessions import Session
from tests.adversary.life import Life, mortal
from tests.service.house import House, build
from tests.service.pilot import opened
from tests.service.replaying.scenes import ACTS, by, session_of
from tests.service.test_crashes import living

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("REPL-identical")]


async def met(one: str, other: str, later: int, *, before: tuple[str, ...]) -> Session:
    """An incident in which two calls were on their way at once: the second came so many turns of the loop later."""
    house = build(checkout="/srv/checkout", test=["make", "test"])
    life = Life()
    house = house.restarted(mortal(house.store, life))
    managed = house.incidents.managed_targets["shop"]
    house.incidents.managed_targets = {"shop": replace(managed, production=mortal(managed.production, life))}

    async def comes_later(incident: str) -> None:
        for _ in range(later):
            await asyncio.sleep(0)
        await ACTS[other](house, incident)

    async with living(house):
        incident = await opened(house)
        for act in before:
            await ACTS[act](house, incident)
        await asyncio.gather(ACTS[one](house, incident), comes_later(incident))
        for act in ("look", "assess", "look"):
            await ACTS[act](house, incident)
        return await session_of(house, incident)


TO_PLAN = ("assess", "classify", "decide", "plan")
MEETINGS = [
    ("look", "assess", ("assess",)),
    ("roll back, yes", "reject", TO_PLAN),
    ("roll back, yes", "reject", (*TO_PLAN, "approve")),
    ("roll back, yes", "person: rollback further", (*TO_PLAN, "approve")),
    ("roll back, no", "approve", TO_PLAN),
    ("approve", "reject", TO_PLAN),
    ("approve", "plan", ("assess", "classify", "decide")),
    ("plan", "plan", ("assess", "classify", "decide")),
    ("branch", "fix failed", ("assess", "classify", "person: fix", "begin a fix")),
]


@pytest.mark.parametrize(("one", "other", "before"), MEETINGS)
async def test_two_calls_that_met_are_replayed_as_identical(one: str, other: str, before: tuple[str, ...]) -> None:
    for later in range(0, 24, 3):
        session = await met(one, other, later, before=before)
        verdict = await replay(session)
        assert verdict.word == "identical", (later, verdict)


async def _approved_by(house: House, incident: str, account: str, *, leaves: bool) -> None:
    """A rollback through a client that has the name of every other, for an account; it may leave once it has asked."""
    call = house.incidents.invocation(replace(by(False, "rollback", incident), account=account))  # noqa: FBT003
    question = await prepare(house.incidents, call)
    if not leaves:
        assert isinstance(question, Question)
        said = PersonSaid(verdict="yes", question=question, approver=f"{account} (as pilot says)")
        await house.app.rollbacks.rollback(call, said)


@pytest.mark.parametrize("accounts", [("alice", "bob"), ("bob", "alice"), ("alice", "alice")])
async def test_a_rollback_after_one_whose_client_left_is_answered_under_its_own_account(
    accounts: tuple[str, str],
) -> None:
    async with living(build()) as house:
        incident = await opened(house)
        for act in TO_PLAN[:3]:
            await ACTS[act](house, incident)
        await _approved_by(house, incident, accounts[0], leaves=True)
        await _approved_by(house, incident, accounts[1], leaves=False)
        await ACTS["look"](house, incident)
        verdict = await replay(await session_of(house, incident))
    assert verdict.word == "identical", verdict


async def test_what_was_changed_is_told_where_it_stands_however_often_it_is_tried() -> None:
    session = await met("look", "assess", 4, before=("assess",))
    number = max(n for n, record in enumerate(session.records) if record.kind == "call_answered")
    record = session.records[number]
    other = record.model_copy(update={"data": {"answer": {**record.data["answer"], "phase": "closed"}}})  # type: ignore[dict-item]
    records = (*session.records[:number], other, *session.records[number + 1 :])
    verdict = await replay(replace(session, records=records))
    assert verdict.first is not None
    assert verdict.first.place == f"#{number + 1} call_answered answer.phase"
