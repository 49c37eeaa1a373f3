"""A rollback over several hosts: canary first, then batches, stop at the first failure, resumable."""

from __future__ import annotations

import pytest

from flightrules.service import observing, opening
from flightrules.service.answers import RollbackResult
from flightrules.service.invocation import Call
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state import commands as c
from flightrules.state.events import HostFinished, event_of
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Path, Phase
from tests.service.house import HOST, RELEASES, House, build

pytestmark = pytest.mark.anyio

GOOD, BROKEN = RELEASES[-2], RELEASES[-1]
NAMES = ("web-1", "web-2", "web-3", "web-4")


def hosts(*names: str, **roles: str) -> list[dict[str, object]]:
    return [{**HOST, "name": name, "role": roles.get(name.replace("-", "_"), "services")} for name in names]


def call(tool: str, incident: str, kind: ActorKind = ActorKind.AGENT) -> Call:
    return Call(tool=tool, arguments={}, actor=Actor(kind=kind, name="tester", face="test"), incident=incident)


async def decided(house: House) -> str:
    """An incident that is to be rolled back."""
    opened = await opening.open_incident(
        house.incidents, call("open_incident", ""), c.Open(incident="", target="shop", title="down")
    )
    await observing.assess(house.incidents, call("assess", opened.incident))
    await opening.classify(house.incidents, call("classify", opened.incident), c.Classify())
    answer = await opening.decide(house.incidents, call("decide", opened.incident), c.Decide())
    assert answer.result is not None
    assert answer.result.path is Path.ROLLBACK
    return opened.incident


async def rolled_back(house: House, incident: str) -> RollbackResult:
    """Plan, approve, and follow to the end."""
    question = await prepare(house.incidents, call("rollback", incident))
    assert isinstance(question, Question), question
    said = PersonSaid(verdict="yes", question=question, approver="ada", acknowledged=True)
    answer = await house.app.rollbacks.rollback(call("rollback", incident), said, wait_s=3600)
    assert answer.result is not None, answer.says
    return answer.result


async def finished(house: House, incident: str) -> dict[str, str]:
    """Return the outcome of each host."""
    events = [event_of(r.kind, r.data) for r in await house.store.load(incident)]
    return {event.host: event.outcome for event in events if isinstance(event, HostFinished)}


async def launches(house: House, incident: str) -> list[str]:
    """Hosts in the order in which their operations were handed over."""
    return [str(r.data["host"]) for r in await house.store.load(incident) if r.kind == "operation_launching"]


def serving(house: House) -> dict[str, str]:
    return {name: host.serving for name, host in house.production.hosts.items()}


async def test_the_canary_goes_alone_and_the_others_follow_in_batches() -> None:
    house = build(hosts=hosts(*NAMES), rollout={"canary": 1, "batch": 2})
    incident = await decided(house)
    question = await prepare(house.incidents, call("rollback", incident))
    assert isinstance(question, Question)
    plan = (await house.incidents.incident(incident)).plan
    assert plan is not None
    assert plan.waves == (("web-1",), ("web-2", "web-3"), ("web-4",))
    result = await rolled_back(house, incident)
    assert result.state == "succeeded"
    assert set(serving(house).values()) == {GOOD}
    assert (await launches(house, incident))[0] == "web-1"
    assert await finished(house, incident) == dict.fromkeys(NAMES, "succeeded")


async def test_a_canary_that_fails_leaves_all_other_hosts_untouched_and_names_both_sets() -> None:
    house = build(hosts=hosts(*NAMES), rollout={"canary": 1, "batch": 3})
    house.production.fail_steps["up"] = 1
    incident = await decided(house)
    result = await rolled_back(house, incident)
    assert result.state == "failed"
    after = await house.incidents.incident(incident)
    assert "not touched: web-2, web-3, web-4" in after.rollback_says
    assert await launches(house, incident) == ["web-1"]
    assert [host for host, release in serving(house).items() if release == BROKEN] == list(NAMES)


async def test_a_failure_in_a_batch_lets_its_neighbours_end_and_begins_no_other() -> None:
    house = build(hosts=hosts(*NAMES), rollout={"canary": 1, "batch": 2})
    incident = await decided(house)
    house.production.fail_hosts = {"web-2"}
    house.production.looks_to_finish = 3
    result = await rolled_back(house, incident)
    assert result.state == "failed"
    assert await finished(house, incident) == {"web-1": "succeeded", "web-2": "failed", "web-3": "succeeded"}
    says = (await house.incidents.incident(incident)).rollback_says
    assert "rolled back: web-1, web-3" in says
    assert "not touched: web-4" in says


async def test_after_a_failure_a_person_may_resume_and_only_hosts_that_need_it_are_touched() -> None:
    house = build(hosts=hosts(*NAMES))
    incident = await decided(house)
    house.production.fail_hosts = {"web-3"}
    failed = await rolled_back(house, incident)
    assert failed.state == "failed"
    assert any(f"rollback --to {BROKEN}" in offer for offer in failed.offers)
    house.production.fail_hosts = set()
    person = call("decide", incident, ActorKind.PERSON)
    await opening.decide(
        house.incidents, person, c.DecideByPerson(path=Path.ROLLBACK, reason="try the rest", release=GOOD)
    )
    result = await rolled_back(house, incident)
    assert result.state == "succeeded", result
    plan = (await house.incidents.incident(incident)).rollback_plan
    assert plan is not None
    assert [host.host for host in plan.hosts] == ["web-3", "web-4"]
    assert set(serving(house).values()) == {GOOD}


async def test_an_unreachable_host_is_named_and_left_out_only_by_a_persons_word() -> None:
    house = build(hosts=hosts(*NAMES))
    incident = await decided(house)
    house.production.hosts["web-4"].unreachable = "no route to host"
    stopped = await prepare(house.incidents, call("rollback", incident))
    assert isinstance(stopped, Stop)
    assert stopped.answer.problem is not None
    assert "web-4" in stopped.answer.problem.reason
    assert f"flightrules decide {incident} rollback --without web-4" in stopped.answer.problem.remedy
    person = call("decide", incident, ActorKind.PERSON)
    left_out = c.DecideByPerson(path=Path.ROLLBACK, reason="its rack burns", without=("web-4",))
    assert (await opening.decide(house.incidents, person, left_out)).ok
    result = await rolled_back(house, incident)
    assert result.state == "succeeded"
    assert serving(house) == {"web-1": GOOD, "web-2": GOOD, "web-3": GOOD, "web-4": BROKEN}
    plan = (await house.incidents.incident(incident)).rollback_plan
    assert plan is not None
    assert plan.left_out == ("web-4",)
    assert any("web-4" in warning for warning in plan.warnings)


@pytest.mark.parametrize("without", [("web-9",), NAMES])
async def test_hosts_that_are_not_there_or_all_hosts_cannot_be_left_out(without: tuple[str, ...]) -> None:
    house = build(hosts=hosts(*NAMES))
    incident = await decided(house)
    person = call("decide", incident, ActorKind.PERSON)
    command = c.DecideByPerson(path=Path.ROLLBACK, reason="no", without=without)
    answer = await opening.decide(house.incidents, person, command)
    assert not answer.ok
    assert (await house.incidents.incident(incident)).phase is Phase.DECIDED


async def test_a_host_that_runs_migrations_is_never_rolled_back_by_itself() -> None:
    house = build(hosts=hosts("web-1", "db-1", db_1="migrations"))
    incident = await decided(house)
    result = await rolled_back(house, incident)
    assert result.state == "succeeded"
    assert serving(house) == {"web-1": GOOD, "db-1": BROKEN}
    plan = (await house.incidents.incident(incident)).rollback_plan
    assert plan is not None
    assert any("db-1" in warning for warning in plan.warnings)
