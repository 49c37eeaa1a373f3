"""Production that moves before the first step, two incidents of one target, and a host that forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest

from flightrules.errors import Unavailable
from flightrules.replay.recording import recorded
from flightrules.replay.replay import replay
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.state.archive.sessions import read_session
from flightrules.state.evidence import Finding
from flightrules.state.incident import Incident
from flightrules.state.operation import Operation, OperationStatus, Survey
from flightrules.state.vocabulary import Path, Phase
from flightrules.testing import ScriptedProduction
from tests.service.house import RELEASES, House, build
from tests.service.pilot import call, fly, opened, rollback
from tests.service.test_crashes import living

pytestmark = pytest.mark.anyio


@dataclass
class Then:
    """Event that happens to a host at a moment, once."""

    at: str
    does: Callable[[ScriptedProduction], None]


class Eventful(ScriptedProduction):
    """A production to which something happens in the middle of a rollback."""

    then: Then | None = None
    survey_takes_s: float = 0.0
    surveys = 0

    def _now(self, at: str) -> None:
        if self.then is not None and self.then.at == at:
            does, self.then = self.then.does, None
            does(self)

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        self.surveys += 1
        read = await super().survey(host, release, trial=trial)
        self.clock.advance(self.survey_takes_s)
        return read

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        await super().launch(operation, until=until)
        self._now("launched")

    async def look(self, host: str, operation: str, *, offset: int = 0) -> OperationStatus:
        seen = await super().look(host, operation, offset=offset)
        self._now(seen.state)
        return seen


def eventful() -> House:
    house = build()
    house.production.__class__ = Eventful
    return house


def deployed(release: str) -> Callable[[ScriptedProduction], None]:
    def does(production: ScriptedProduction) -> None:
        for host in production.hosts.values():
            host.head = host.serving = release

    return does


def forgotten(production: ScriptedProduction) -> None:
    """Somebody clones the checkout anew: what the host kept of operations is gone."""
    for host in production.hosts.values():
        host.operations.clear()


async def rolled_back(house: House, then: Then) -> Incident:
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    assert isinstance(house.production, Eventful)
    house.production.then = then
    async with living(house):
        await rollback(house, incident)
        await house.app.rollbacks.wait(incident, wait_s=4000)
    return await house.incidents.incident(incident)


async def test_a_deployment_between_the_last_reading_and_the_first_step_is_not_rolled_over() -> None:
    house = eventful()
    found = await rolled_back(house, Then("launched", deployed(RELEASES[0])))
    assert house.executed() == []
    assert (found.phase, found.path, found.rollback_outcome) == (Phase.DECIDED, Path.ROLLBACK, "untouched")
    assert "head is 1111" in found.rollback_says
    assert (found.rollbacks_tried, found.mitigated_at, found.mitigation) == (0, None, "")
    verdict = await replay(read_session(await recorded(house.incidents, found.id)))
    assert verdict.word == "identical", verdict


async def test_an_attempt_that_touched_nothing_is_not_used_up() -> None:
    house = eventful()
    found = await rolled_back(house, Then("launched", deployed(RELEASES[0])))
    house.production.broken.add(RELEASES[0])
    async with living(house):
        await rollback(house, found.id)
        await house.app.rollbacks.wait(found.id, wait_s=4000)
    again = await house.incidents.incident(found.id)
    assert (again.phase, again.rollbacks_tried) == (Phase.VERIFYING, 1)


async def ended(house: House) -> Incident:
    """A rollback that was followed to its end."""
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    async with living(house):
        await rollback(house, incident)
        await house.app.rollbacks.wait(incident, wait_s=4000)
    return await house.incidents.incident(incident)


@pytest.mark.requirement("RB-at-most-once")
async def test_a_launch_that_a_host_refused_does_not_use_up_the_attempt_and_is_told_in_its_words() -> None:
    house = build()
    house.production.refuse_launches = "it has no room."
    found = await ended(house)
    assert (found.phase, found.path, found.rollback_outcome) == (Phase.DECIDED, Path.ROLLBACK, "untouched")
    assert "it has no room" in found.rollback_says
    assert (found.rollbacks_tried, house.executed()) == (0, [])
    house.production.refuse_launches = ""
    async with living(house):
        await rollback(house, found.id)
        await house.app.rollbacks.wait(found.id, wait_s=4000)
    assert (await house.incidents.incident(found.id)).phase is Phase.VERIFYING
    verdict = await replay(read_session(await recorded(house.incidents, found.id)))
    assert verdict.good, verdict


class Vanishing(ScriptedProduction):
    """A host that goes away once it was read after the yes."""

    heard: bool = False
    """True if it still hears what is handed over, and only its answer is lost."""

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        read = await super().survey(host, release, trial=trial)
        if not trial and not self.heard:
            self.hosts[host].unreachable = "no route to host"
        return read

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        await super().launch(operation, until=until)
        self.hosts[operation.host].unreachable = "no route to host"
        msg = f"host {operation.host}"
        raise Unavailable(msg, "the connection broke; the outcome is UNKNOWN.", "Look at it.")


@pytest.mark.requirement("RB-at-most-once")
async def test_a_host_that_was_never_reached_after_the_yes_ends_untouched_at_once_and_leaves_the_attempt() -> None:
    house = build()
    house.production.__class__ = Vanishing
    found = await ended(house)
    assert (found.phase, found.path, found.rollback_outcome) == (Phase.DECIDED, Path.ROLLBACK, "untouched")
    assert "no route to host" in found.rollback_says
    assert (found.rollbacks_tried, house.executed()) == (0, [])
    assert found.mitigation_ended_at is None
    records = await house.incidents.records(found.id)
    began, over = (next(r.at for r in records if r.kind == k) for k in ("rollback_started", "rollback_finished"))
    assert (over - began).total_seconds() < 60
    verdict = await replay(read_session(await recorded(house.incidents, found.id)))
    assert verdict.good, verdict


@pytest.mark.requirement("RB-at-most-once", "RB-indeterminate")
async def test_a_host_that_goes_away_while_it_is_handed_the_operation_is_not_called_untouched() -> None:
    house = build()
    house.production.__class__ = Vanishing
    assert isinstance(house.production, Vanishing)
    house.production.heard = True
    found = await ended(house)
    assert (found.path, found.rollback_outcome, found.rollbacks_tried) == (Path.PERSON, "indeterminate", 1)


@pytest.mark.requirement("RB-at-most-once")
async def test_a_step_that_failed_and_was_undone_leaves_the_attempt_for_another_plan() -> None:
    house = build()
    house.production.fail_steps["checkout"] = 128
    found = await ended(house)
    assert (found.path, found.rollback_outcome, found.rollbacks_tried) == (Path.ROLLBACK, "untouched", 0)
    answer = await rollback(house, found.id)
    assert answer.ok, answer.says


@pytest.mark.parametrize("seen", ["launched", "running"])
async def test_an_operation_that_a_host_knew_and_does_not_know_any_more_is_never_run_again(seen: str) -> None:
    house = eventful()
    house.production.looks_to_finish = 2
    found = await rolled_back(house, Then(seen, forgotten))
    assert house.executed() == []
    assert (found.phase, found.path, found.rollback_outcome) == (Phase.DECIDED, Path.PERSON, "indeterminate")
    assert "lost" in found.rollback_says


async def test_a_reading_is_as_old_as_its_question_however_late_the_answer_came() -> None:
    house = eventful()
    assert isinstance(house.production, Eventful)
    house.production.survey_takes_s = 15.0
    found = await rolled_back(house, Then("never", forgotten))
    assert found.rollback_outcome == "succeeded"
    assert house.production.surveys == 3  # for the plan, for the start, and anew before the hand-over


class Together(ScriptedProduction):
    """A host that answers the reading of a start only once health was asked as well."""

    health_asked: asyncio.Event | None = None

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        if self.health_asked is not None:
            self.health_asked.set()
        return await super().collect(probes, since=since, limit_s=limit_s)

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        if self.health_asked is not None and not trial:
            async with asyncio.timeout(20):
                await self.health_asked.wait()
        return await super().survey(host, release, trial=trial)


async def test_after_a_yes_hosts_and_health_are_read_at_the_same_time() -> None:
    house = build()
    house.production.__class__ = Together
    assert isinstance(house.production, Together)
    incident, question = await planned(house)
    house.production.health_asked = asyncio.Event()
    async with living(house):
        yes = PersonSaid(verdict="yes", question=question, approver="ada")
        told = await house.app.rollbacks.rollback(call("rollback", incident), yes, wait_s=0)
        assert told.ok, told.says
        await house.app.rollbacks.wait(incident, wait_s=4000)


async def planned(house: House) -> tuple[str, Question]:
    incident = await opened(house)
    await fly(house, incident, until=Phase.DECIDED)
    question = await prepare(house.incidents, call("rollback", incident))
    assert isinstance(question, Question)
    return incident, question


async def test_a_second_incident_of_a_target_attaches_to_the_rollback_that_runs() -> None:
    house = build()
    house.clock.pace_s = 0.002
    first, question = await planned(house)
    second, other = await planned(house)
    house.production.looks_to_finish = 10**9
    async with living(house):
        house.clock.advance(1)
        yes = PersonSaid(verdict="yes", question=question, approver="ada")
        await house.app.rollbacks.rollback(call("rollback", first), yes, wait_s=0)
        house.clock.advance(1)
        yes = PersonSaid(verdict="yes", question=other, approver="ada")
        told = await house.app.rollbacks.rollback(call("rollback", second), yes, wait_s=0)
        assert told.result is not None
        assert (told.result.state, told.phase) == ("attached", Phase.DECIDED)
        assert first in told.says
        assert not isinstance(await prepare(house.incidents, call("rollback", second)), Stop)
        house.production.looks_to_finish = 0
        for host in house.production.hosts.values():
            for operation in host.operations.values():
                operation.looks_left = 0
        await house.app.rollbacks.wait(first, wait_s=4000)
        house.clock.advance(1)
        assert [len(host.operations) for host in house.production.hosts.values()] == [1]
        after = await house.app.rollbacks.rollback(call("rollback", second), yes, wait_s=0)
        assert after.problem is None or after.problem.code != "target_busy"
        assert [len(host.operations) for host in house.production.hosts.values()] == [1]
    for incident in (first, second):
        verdict = await replay(read_session(await recorded(house.incidents, incident)))
        assert verdict.good, verdict
