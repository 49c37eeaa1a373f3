"""The fix path through the service: a branch and tests in the user's checkout, and what is on record of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flightrules.service import fixing, opening
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.fix import CHECKLIST, FixCheck, SuiteRun
from flightrules.state.rules.fixing import branch_name
from flightrules.state.vocabulary import Path, Phase
from tests.service.house import RELEASES, House, build
from tests.service.pilot import PERSON as ADA
from tests.service.pilot import assess, call, classify, opened, verify

pytestmark = pytest.mark.anyio

CHECKED = tuple(FixCheck(item=item, evidence="I looked") for item in CHECKLIST)
LOCAL: dict[str, Any] = {"checkout": "/home/ada/shop", "test": ["make", "test"]}


async def begun(house: House) -> str:
    """An incident in which a fix was begun, because a person decided so."""
    incident = await opened(house)
    await assess(house, incident)
    await classify(house, incident)
    command = c.DecideByPerson(path=Path.FIX, reason="the cause is known")
    await opening.decide(house.incidents, call("decide", incident, actor=ADA), command)
    answer = await fixing.fix(house.incidents, call("fix", incident), c.BeginFix(says="null check"))
    assert answer.ok, answer.says
    return incident


async def branch(house: House, incident: str, key: str = "") -> Any:  # noqa: ANN401 - whatever was answered
    return await fixing.branch(house.incidents, call("fix", incident, key=key, action="branch"), ())


async def run(house: House, incident: str, *, wait_s: float = 5.0) -> Any:  # noqa: ANN401 - whatever was answered
    return await house.app.suite_runs.test(call("fix", incident, action="test"), (), wait_s=wait_s)


async def kinds(house: House, incident: str) -> list[str]:
    return [record.kind for record in await house.incidents.records(incident)]


@pytest.mark.requirement("FIX-branch-created")
async def test_the_branch_begins_at_what_runs_in_production_with_the_intent_on_record_before() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    answer = await branch(house, incident)
    assert answer.result.state == "branched"
    name = branch_name(await house.incidents.incident(incident))
    assert house.checkout.branches == {name: RELEASES[-1]}
    told = await kinds(house, incident)
    assert told.index("fix_branching") < told.index("fix_branched")


@pytest.mark.requirement("FIX-branch-created")
async def test_a_branch_somebody_else_made_is_refused_and_left_alone() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    name = branch_name(await house.incidents.incident(incident))
    house.checkout.branches[name] = RELEASES[0]
    answer = await branch(house, incident)
    assert answer.problem is not None
    assert answer.problem.code == "branch_exists"
    assert house.checkout.branches == {name: RELEASES[0]}
    assert "fix_branching" not in await kinds(house, incident)


@pytest.mark.requirement("FIX-branch-created")
async def test_a_branch_whose_creation_was_not_seen_to_end_is_looked_at_and_not_made_again() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.lose_branch_answers = 1
    assert (await branch(house, incident)).problem.kind == "unavailable"
    answer = await branch(house.restarted(), incident)
    assert answer.result.state == "branched"
    assert (await kinds(house, incident)).count("fix_branching") == 1


@pytest.mark.requirement("FIX-branch-created")
async def test_git_that_failed_may_be_asked_again() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.failing = "git gave no answer."
    assert (await branch(house, incident)).problem.kind == "unavailable"
    house.checkout.failing = ""
    assert (await branch(house, incident, key="K1")).ok
    assert (await branch(house, incident, key="K1")).result["state"] == "branched"
    assert len(house.checkout.branches) == 1


@pytest.mark.requirement("FIX-branch-created")
@pytest.mark.parametrize(
    ("change", "code"),
    [("no repository", "no_repository"), ("no commit", "commit_missing"), ("not configured", "no_checkout")],
)
async def test_what_stands_in_the_way_of_a_branch_is_said_with_a_way_out(change: str, code: str) -> None:
    house = build() if change == "not configured" else build(**LOCAL)
    incident = await begun(house)
    house.checkout.repository = change != "no repository"
    if change == "no commit":
        house.checkout.commits = ["e" * 40]
    answer = await branch(house, incident)
    assert answer.problem is not None
    assert answer.problem.code == code
    assert answer.problem.remedy
    assert answer.phase is Phase.FIXING


@pytest.mark.requirement("FIX-branch-created")
async def test_no_branch_is_made_outside_of_a_fix() -> None:
    house = build(**LOCAL)
    incident = await opened(house)
    answer = await branch(house, incident)
    assert answer.problem is not None
    assert answer.problem.code == "out_of_order"
    assert not house.checkout.branches


@pytest.mark.requirement("FIX-tests-run")
async def test_the_configured_tests_run_with_the_intent_on_record_before_and_the_end_after() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.result = SuiteRun(outcome="failed", exit_status=2, output="1 failed")
    answer = await run(house, incident)
    assert (answer.result.state, answer.result.untrusted_output) == ("tested", "1 failed")
    assert "exit status 2" in answer.result.tests
    assert "tests_passing" in answer.result.unchecked
    assert house.checkout.ran == [("make", "test")]
    told = await kinds(house, incident)
    assert told[told.index("fix_testing") - 1 :] == ["call_received", "fix_testing", "fix_tested", "call_answered"]


@pytest.mark.requirement("FIX-tests-run")
async def test_tests_that_take_long_are_followed_and_their_end_told_once_before_another_run() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.hold = asyncio.Event()
    assert (await run(house, incident, wait_s=0.01)).result.state == "testing"
    assert (await run(house, incident, wait_s=0.01)).result.state == "testing"
    house.checkout.hold.set()
    assert (await run(house, incident)).result.state == "tested"
    assert len(house.checkout.ran) == 1
    assert (await run(house, incident)).result.state == "tested"
    assert len(house.checkout.ran) == 2


@pytest.mark.requirement("FIX-tests-run")
async def test_an_end_that_came_between_two_calls_is_told_and_not_run_for_again() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.hold = asyncio.Event()
    await run(house, incident, wait_s=0.01)
    house.checkout.hold.set()
    async with asyncio.timeout(5):
        while (await house.incidents.incident(incident)).fix_testing:  # noqa: ASYNC110 - the log sets no event
            await asyncio.sleep(0)
    assert (await run(house, incident)).result.state == "tested"
    assert len(house.checkout.ran) == 1


@pytest.mark.requirement("FIX-tests-run")
async def test_a_run_whose_process_died_is_lost_and_another_may_begin() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.hold = asyncio.Event()
    await run(house, incident, wait_s=0.01)
    await house.app.suite_runs.close()
    house.checkout.hold = None
    other = house.restarted()
    assert (await run(other, incident)).result.state == "tested"
    told = [e.event_of(r.kind, r.data) for r in await house.incidents.records(incident)]
    assert [event.result.outcome for event in told if isinstance(event, e.FixTested)] == ["lost", "passed"]


@pytest.mark.requirement("FIX-tests-run")
async def test_a_run_of_another_process_is_waited_for_and_never_doubled() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.hold = asyncio.Event()
    await run(house, incident, wait_s=0.01)
    other = house.restarted()
    assert (await run(other, incident, wait_s=0.01)).result.state == "testing"
    house.checkout.hold.set()
    assert (await run(house, incident)).result.state == "tested"
    assert len(house.checkout.ran) == 1


@pytest.mark.requirement("FIX-tests-run")
async def test_a_checkout_that_vanished_is_a_run_that_did_not_start() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.repository = False
    answer = await run(house, incident)
    assert "not started" in answer.result.tests
    assert "not a git checkout" in answer.result.untrusted_output


@pytest.mark.requirement("FIX-checklist", "FIX-what-runs")
async def test_a_whole_fix_is_deployed_and_held_against_what_runs() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    await branch(house, incident)
    await run(house, incident)
    fixed = "d4" * 20
    deployed = c.EndFix(outcome="deployed", reference=f"PR #7 ({fixed[:10]})", deployment="run 81", checks=CHECKED)
    answer: Any = await fixing.fix(house.incidents, call("fix", incident), deployed)
    assert answer.ok, answer.says
    assert (answer.result.state, answer.result.deployment) == ("deployed", "run 81")
    assert fixed[:10] in answer.says
    house.production.deploy(fixed)
    verified: Any = await verify(house, incident)
    assert verified.result.verdict == "restored", verified.says


@pytest.mark.requirement("FIX-what-runs")
async def test_a_fix_that_never_went_out_is_not_restored_and_rollback_is_the_decision() -> None:
    house = build(broken=False, **LOCAL)
    incident = await begun(house)
    deployed = c.EndFix(outcome="deployed", reference="d" * 40, checks=CHECKED)
    await fixing.fix(house.incidents, call("fix", incident), deployed)
    verified: Any = await verify(house, incident)
    assert verified.result.verdict == "not_restored"
    assert f"{RELEASES[-1][:12]} instead of {'d' * 12}" in verified.says
    assert verified.phase is Phase.DECIDED
    assert verified.next[0].call == "rollback"


@pytest.mark.requirement("FIX-what-runs")
async def test_a_pull_request_is_told_to_be_unverifiable_when_it_is_deployed_already() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    answer = await fixing.fix(
        house.incidents, call("fix", incident), c.EndFix(outcome="deployed", reference="PR #7", checks=CHECKED)
    )
    assert "names no commit" in answer.says
    assert "inconclusive" in answer.says


@pytest.mark.requirement("FIX-tests-run")
async def test_how_the_tests_of_an_earlier_fix_ended_is_not_told_of_the_next_one() -> None:
    house = build(**LOCAL)
    incident = await begun(house)
    house.checkout.hold = asyncio.Event()
    assert (await run(house, incident, wait_s=0.01)).result.state == "testing"
    await fixing.fix(house.incidents, call("fix", incident), c.EndFix(outcome="abandoned", says="another cause"))
    command = c.DecideByPerson(path=Path.FIX, reason="the other cause is known too")
    await opening.decide(house.incidents, call("decide", incident, actor=ADA), command)
    assert (await fixing.fix(house.incidents, call("fix", incident), c.BeginFix(says="another"))).ok
    house.checkout.hold.set()
    await asyncio.sleep(0.05)
    answer = await run(house, incident)
    assert answer.result.state == "tested"
    assert (await kinds(house, incident)).count("fix_testing") == 2
