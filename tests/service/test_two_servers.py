"""Two servers on one log file: what one does, the other knows when it matters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.service import opening
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.log import broken
from flightrules.state.vocabulary import Phase, Severity
from tests.service.house import House, build
from tests.service.pilot import PERSON, assess, call, classify, close, decide, fly, opened, verify, whole

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[House, House]]:
    """Two processes in one world, each with its own connection to the same file."""
    world, path = build(), folder / "log.db"
    world.clock.pace_s = 0.002
    first, second = world.restarted(SqliteStore(path)), world.restarted(SqliteStore(path))
    try:
        yield first, second
    finally:
        for house in (first, second):
            await house.app.rollbacks.close()
            await house.incidents.store.close()


async def test_a_call_that_is_refused_on_old_knowledge_is_judged_anew(tmp_path: Path) -> None:
    async with two(tmp_path) as (first, second):
        incident = await opened(first)
        assert (await second.incidents.incident(incident)).phase is Phase.DETECTED
        await assess(first, incident)
        await classify(first, incident)
        answer = await decide(second, incident)
        assert answer.ok, answer
        assert answer.phase is Phase.DECIDED


async def test_a_call_that_is_allowed_on_old_knowledge_only_is_refused(tmp_path: Path) -> None:
    async with two(tmp_path) as (first, second):
        incident = await opened(first)
        await assess(first, incident)
        await second.incidents.incident(incident)
        await opening.close(first.incidents, call("close", incident, actor=PERSON), c.Close(reason="false alarm"))
        answer = await classify(second, incident)
        assert answer.problem is not None
        assert answer.problem.code == "out_of_order"
        assert answer.phase is Phase.CLOSED


async def test_an_incident_flown_by_two_servers_in_turn_is_one_incident(tmp_path: Path) -> None:
    async with two(tmp_path) as (first, second):
        incident = await opened(first)
        turn = [first, second]
        for phase in (Phase.ASSESSED, Phase.CLASSIFIED, Phase.DECIDED, Phase.VERIFYING, Phase.MONITORING):
            await fly(turn[0], incident, until=phase)
            turn.reverse()
        await fly(turn[0], incident)
        await whole(first, incident)
        assert await first.incidents.incident(incident) == await second.incidents.incident(incident)


async def test_calls_at_once_from_both_servers_are_all_answered_and_the_chain_holds(tmp_path: Path) -> None:
    async with two(tmp_path) as (first, second):
        incident = await opened(first)
        await assess(first, incident)
        answers = await asyncio.gather(*(classify(house, incident) for house in (first, second) * 6))
        assert all(answer.severity is Severity.P1 for answer in answers)
        records = await first.incidents.records(incident)
        assert sum(record.kind == "severity_classified" for record in records) == len(answers)
        assert broken(records) is None


async def test_one_key_at_once_on_both_servers_is_one_call(tmp_path: Path) -> None:
    async with two(tmp_path) as (first, second):
        incident_list = await asyncio.gather(*(opened(house, key="k1") for house in (first, second) * 4))
        assert len(set(incident_list)) == 1
        assert await first.incidents.store.streams("INC-") == [incident_list[0]]


async def asked(house: House, incident: str) -> PersonSaid:
    """A person who was shown the plan and says yes."""
    question = await prepare(house.incidents, call("rollback", incident))
    assert isinstance(question, Question)
    return PersonSaid(verdict="yes", question=question, approver="ada")


@pytest.mark.requirement("PEER-approval-twice")
async def test_two_agents_that_roll_back_at_once_run_it_once_and_both_see_it_end(tmp_path: Path) -> None:
    async with two(tmp_path) as (first, second):
        incident = await opened(first)
        await fly(first, incident, until=Phase.DECIDED)
        said = await asked(first, incident)
        assert (await asked(second, incident)).question == said.question
        answers = await asyncio.gather(
            *(house.app.rollbacks.rollback(call("rollback", incident), said) for house in (first, second) * 3)
        )
        assert {answer.result.state for answer in answers if answer.result} <= {"succeeded", "rolling_back"}, answers
        # Whoever comes when it has ended is told to verify.
        assert all(answer.ok or answer.phase is Phase.VERIFYING for answer in answers), answers
        await verify(second, incident)
        await fly(second, incident)
        await whole(first, incident)
        assert len(first.production.hosts["web-1"].operations) == 1


async def test_two_agents_that_plan_at_once_are_shown_one_plan(tmp_path: Path) -> None:
    async with two(tmp_path) as (first, _second):
        incident = await opened(first)
        await fly(first, incident, until=Phase.DECIDED)
        await asyncio.gather(*(asked(first, incident) for _ in range(4)))
        said = await asked(first, incident)
        assert said.question is not None
        plans = [r for r in await first.incidents.records(incident) if r.kind == "plan_proposed"]
        assert plans[-1].data["review"] == said.question.review


async def test_a_rollback_that_one_server_started_is_followed_by_the_other_when_the_first_goes_away(
    tmp_path: Path,
) -> None:
    async with two(tmp_path) as (first, second):
        incident = await opened(first)
        first.production.looks_to_finish = 10**9
        await fly(first, incident, until=Phase.ROLLING_BACK)
        await first.app.rollbacks.close()
        first.production.looks_to_finish = 0
        for held in first.production.hosts["web-1"].operations.values():
            held.looks_left = 0
        await fly(second, incident, until=Phase.VERIFYING)
        assert second.executed().count("up") == 1


async def test_a_person_s_command_beside_a_running_server_is_seen_by_it(tmp_path: Path) -> None:
    async with two(tmp_path) as (server, terminal):
        incident = await opened(server)
        await fly(server, incident, until=Phase.CLASSIFIED)
        answer = await close(terminal, incident)
        assert answer.problem is not None
        assert answer.problem.code == "reason_missing"
        standing_down = c.Close(reason="false alarm")
        assert (await opening.close(terminal.incidents, call("close", incident, actor=PERSON), standing_down)).ok
        refused = await decide(server, incident)
        assert refused.phase is Phase.CLOSED


@pytest.mark.requirement("PEER-restart-pending")
async def test_an_approval_given_while_no_server_ran_counts_for_the_server_that_runs_next(tmp_path: Path) -> None:
    async with two(tmp_path) as (server, terminal):
        incident = await opened(server)
        await fly(server, incident, until=Phase.DECIDED)
        await asked(server, incident)
        await server.incidents.store.close()
        plan = (await terminal.incidents.incident(incident)).plan
        assert plan is not None
        typed = call("approve", incident, actor=PERSON)
        given = await typed_approvals.approve(
            terminal.incidents, typed, approver="ada", digest=plan.short, acknowledged=False
        )
        assert given.ok, given
        store = SqliteStore(tmp_path / "log.db")
        next_server = server.restarted(store)
        answer = await next_server.app.rollbacks.rollback(call("rollback", incident), PersonSaid())
        assert answer.result is not None
        assert answer.result.state == "succeeded"
        await next_server.app.rollbacks.close()
        await store.close()
