"""The watch over restored incidents, round by round, on a production made of memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from flightrules.errors import Unavailable
from flightrules.ports import Write
from flightrules.service import fixing, opening, telling
from flightrules.service.invocation import ManagedTarget
from flightrules.service.monitoring import look
from flightrules.service.watching import LEASE_S, ROUND_S, Watching
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.evidence import Finding, FindingData, Http
from flightrules.state.incident import Incident
from flightrules.state.log import broken
from flightrules.state.policy import Policy
from flightrules.state.vocabulary import Path, Phase
from flightrules.testing import ScriptedProduction
from flightrules.testing.host import ScriptedHost
from tests.service.house import RELEASES, Documents, House, build, target
from tests.service.pilot import PERSON, assess, call, classify, fly, opened, verify

pytestmark = pytest.mark.anyio
GOOD = RELEASES[-2]


async def monitored(house: House, *lines: str) -> str:
    """An incident that was rolled back and verified; these lines were in the log before."""
    house.production.logged += [(house.clock.now(), "web", line) for line in lines]
    incident = await opened(house)
    await fly(house, incident, until=Phase.VERIFYING)
    house.clock.advance(60)
    await fly(house, incident, until=Phase.MONITORING)
    return incident


async def stands(house: House, incident: str) -> Incident:
    return await house.incidents.incident(incident)


async def kinds(house: House, incident: str) -> list[str]:
    return [record.kind for record in await house.incidents.records(incident)]


async def events(house: House, incident: str, kind: type[e.Event]) -> list[e.Event]:
    records = await house.incidents.records(incident)
    return [e.event_of(record.kind, record.data) for record in records if record.kind == kind.kind]


async def round_after(house: House, seconds: float) -> None:
    house.clock.advance(seconds)
    assert (await house.app.watching.once()).held


async def watched_for(house: House, seconds: float) -> None:
    """Let the loop run for so long by the house's clock."""
    until, sleep = house.clock.now() + timedelta(seconds=seconds), house.clock.sleep
    over = asyncio.Event()

    async def sleeping(span: float) -> None:
        await sleep(span)
        if house.clock.now() >= until:
            over.set()
            await asyncio.Event().wait()

    house.clock.sleep = sleeping  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(house.app.watching.run())
    await over.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    house.clock.sleep = sleep  # type: ignore[method-assign]


def write(house: House, line: str) -> None:
    house.production.logged.append((house.clock.now(), "web", line))


@pytest.mark.requirement("MON-continuous", "MON-reads-only")
async def test_logs_are_looked_at_each_minute_with_no_other_probe_and_nothing_is_changed() -> None:
    house = build()
    incident = await monitored(house)
    steps, house.production.asked = house.executed(), []
    for _ in range(5):
        await round_after(house, 60)
    assert house.production.asked == [("logs",)] * 5
    assert (await stands(house, incident)).watched.ok == 5
    assert house.executed() == steps
    assert "evidence_recorded" not in (await kinds(house, incident))[-5:]


@pytest.mark.requirement("MON-recurrence")
async def test_a_line_that_was_written_while_a_slow_verification_ended_is_read_by_the_first_look() -> None:
    house = build()
    write(house, "ERROR request failed")
    incident = await opened(house)
    await fly(house, incident, until=Phase.VERIFYING)
    collect = house.production.collect

    async def slow(*probes: Any, **bounds: Any) -> tuple[Finding, ...]:  # noqa: ANN401 - handed on as they are
        found = await collect(*probes, **bounds)
        house.clock.advance(8)
        write(house, "ERROR request failed")
        house.clock.advance(8)
        return found

    house.clock.advance(60)
    house.production.collect = slow  # type: ignore[method-assign]
    assert (await verify(house, incident)).phase is Phase.MONITORING
    house.production.collect = collect  # type: ignore[method-assign]
    await round_after(house, 60)
    assert (await stands(house, incident)).phase is Phase.DECIDED


@pytest.mark.requirement("MON-recurrence", "MON-by-template")
async def test_the_same_error_with_another_id_brings_the_incident_back() -> None:
    house = build()
    incident = await monitored(house, "ERROR request failed req=aB3kLm")
    await round_after(house, 60)
    write(house, "ERROR request failed req=Zx9QpL")
    await round_after(house, 60)
    after = await stands(house, incident)
    assert (after.phase, after.path) == (Phase.DECIDED, Path.PERSON)
    (came_back,) = await events(house, incident, e.RecurrenceDetected)
    assert isinstance(came_back, e.RecurrenceDetected)
    assert came_back.evidence
    assert set(came_back.evidence) <= set(after.evidence)


@pytest.mark.requirement("MON-recurrence", "REL-never-condemned")
@pytest.mark.parametrize("runs", [GOOD, RELEASES[-1]])
async def test_the_release_that_runs_when_it_comes_back_is_no_release_to_go_back_to(runs: str) -> None:
    house = build()
    incident = await monitored(house, "ERROR boom")
    house.production.hosts["web-1"].serving = runs
    house.clock.advance(30)
    write(house, "ERROR boom")
    await round_after(house, 60)
    seen = await events(house, "target:shop", e.ReleaseObserved)
    assert isinstance(seen[-1], e.ReleaseObserved)
    assert (seen[-1].release, seen[-1].healthy, seen[-1].by) == (runs, False, incident)


@pytest.mark.requirement("MON-recurrence", "MON-health", "MON-confirmed")
async def test_a_check_that_fails_again_brings_the_incident_back() -> None:
    house = build()
    incident = await monitored(house)
    house.production.broken_checks.add(("characters", GOOD))
    await round_after(house, 60)
    assert (await stands(house, incident)).phase is Phase.MONITORING, "only logs were due"
    house.production.asked = []
    await round_after(house, 9 * 60)
    assert (await stands(house, incident)).phase is Phase.DECIDED
    assert house.production.asked == [
        ("health", "check:characters", "check:avatar", "logs"),
        ("health", "check:characters", "check:avatar", "services", "deploys"),
    ]


class Flapping(ScriptedProduction):
    """Every other answer of one check is a failure."""

    asked_characters = 0

    def _outside(self, probe: str) -> Finding:
        found = super()._outside(probe)
        if probe != "check:characters" or not isinstance(found.data, Http):
            return found
        self.asked_characters += 1
        ok = self.asked_characters % 2 == 0
        return found.model_copy(update={"data": found.data.model_copy(update={"ok": ok, "status": 200 if ok else 500})})


@pytest.mark.requirement("MON-confirmed")
async def test_flapping_is_inconclusive_once_and_a_recurrence_the_second_time() -> None:
    house = build()
    incident = await monitored(house)
    house.production.__class__ = Flapping
    await round_after(house, 600)
    after = await stands(house, incident)
    assert (after.phase, after.watched.last, after.watched.suspects) == (
        Phase.MONITORING,
        "inconclusive",
        ("characters",),
    )
    await round_after(house, 600)
    assert (await stands(house, incident)).phase is Phase.DECIDED


@pytest.mark.requirement("MON-inconclusive", "VER-never-guess")
async def test_a_host_that_cannot_be_reached_makes_a_check_inconclusive_and_its_logs_are_read_later() -> None:
    house = build()
    incident = await monitored(house, "ERROR boom")
    house.production.hosts["web-1"].unreachable = "no route to host"
    write(house, "ERROR boom")
    house.clock.advance(1)
    write(house, "ERROR boom")
    await round_after(house, 60)
    watched = (await stands(house, incident)).watched
    assert (watched.ok, watched.inconclusive, watched.last) == (0, 1, "inconclusive")
    house.production.hosts["web-1"].unreachable = ""
    await round_after(house, 60)
    assert (await stands(house, incident)).phase is Phase.DECIDED, "what was written meanwhile is read"


@pytest.mark.requirement("MON-inconclusive")
async def test_a_whole_outage_of_our_own_network_is_no_recurrence() -> None:
    house = build()
    incident = await monitored(house)
    house.production.hosts["web-1"].unreachable = "no route to host"
    house.production.down = True
    await round_after(house, 600)
    after = await stands(house, incident)
    assert (after.phase, after.watched.last) == (Phase.MONITORING, "inconclusive")


@pytest.mark.requirement("MON-missed")
async def test_a_gap_of_three_hours_is_one_event() -> None:
    house = build()
    incident = await monitored(house)
    await round_after(house, 60)
    before = len(await kinds(house, incident))
    await round_after(house, 3 * 3600)
    assert (await kinds(house, incident))[before:] == ["monitoring_missed", "monitoring_checked"]
    assert (await stands(house, incident)).watched.missed > 40


@pytest.mark.requirement("MON-survives", "BUD-restart-proof")
async def test_a_restart_in_the_middle_changes_nothing_of_the_schedule() -> None:
    house = build()
    incident = await monitored(house)
    for _ in range(2):
        await round_after(house, 60)
    await house.app.watching.let_go()
    house = house.restarted()
    for _ in range(3):
        await round_after(house, 60)
    watched = (await stands(house, incident)).watched
    assert (watched.ok, watched.missed) == (5, 0)


@pytest.mark.requirement("MON-once")
async def test_of_two_watchers_one_watches_until_it_dies_and_then_the_other_does() -> None:
    house = build()
    other = house.restarted()
    incident = await monitored(house)
    house.clock.advance(60)
    first, second = await house.app.watching.once(), await other.app.watching.once()
    assert (first.held, second.held) == (True, False)
    house.clock.advance(LEASE_S)
    assert (await other.app.watching.once()).held
    assert not (await house.app.watching.once()).held
    watched = (await stands(house, incident)).watched
    assert (watched.ok, watched.missed) == (2, 0)


@pytest.mark.requirement("MON-once")
async def test_a_watcher_that_was_paused_in_the_middle_of_a_check_records_nothing_twice() -> None:
    house = build()
    other = house.restarted()
    incident = await monitored(house)
    house.clock.advance(60)
    stale = await house.incidents.incident(incident)
    gate, collect = asyncio.Event(), house.production.collect

    async def paused(
        probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        found = await collect(probes, since=since, limit_s=limit_s)
        await gate.wait()
        return found

    house.production.collect = paused  # type: ignore[method-assign]
    task = asyncio.create_task(look(house.incidents, stale))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    house.production.collect = collect  # type: ignore[method-assign]
    house.clock.advance(1)
    assert (await other.app.watching.once()).held
    gate.set()
    assert await task == []
    checks = [kind for kind in await kinds(house, incident) if kind == "monitoring_checked"]
    assert len(checks) == 1
    assert broken(await house.incidents.records(incident)) is None


class Gone(ScriptedProduction):
    """Looking at it is a defect."""

    def _inside(self, host: ScriptedHost, since: datetime | None) -> Iterator[tuple[str, Callable[[], FindingData]]]:
        raise ValueError(f"a defect of ours on {host.head[:1]} since {since is not None}")


@pytest.mark.requirement("MON-for-all")
async def test_a_target_that_cannot_be_watched_stops_the_watch_over_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = build()
    incident = await monitored(house)
    blog = target(name="blog")

    production = ScriptedProduction(blog, house.clock, releases=RELEASES)
    production.broken.add(RELEASES[-1])
    managed = ManagedTarget(target=blog, policy=Policy(), production=production, documents=Documents())
    house.incidents.managed_targets["blog"] = managed  # type: ignore[index]
    command = c.Open(incident="", target="blog", title="Down too")
    second = (await opening.open_incident(house.incidents, call("open_incident"), command)).incident
    await fly(house, second, until=Phase.MONITORING)
    production.__class__ = Gone
    house.clock.advance(60)
    outcome = await house.app.watching.once()
    assert outcome.failed == (f"{second}: ValueError: a defect of ours on 4 since True",)
    assert (await stands(house, incident)).watched.ok == 1
    said = len(caplog.records)
    await round_after(house, 15)
    assert len(caplog.records) == said, "the same is not said each round"


@pytest.mark.requirement("MON-for-all")
async def test_an_incident_whose_log_cannot_be_read_stops_the_watch_over_no_other() -> None:
    house = build()
    incident = await monitored(house)
    strange = e.RecurrenceDetected(says="x").draft(at=house.clock.now(), actor=PERSON, call="")
    await house.store.append(Write("INC-STRANGE", 0, [strange]))
    house.clock.advance(60)
    outcome = await house.app.watching.once()
    assert len(outcome.failed) == 1
    assert "INC-STRANGE" in outcome.failed[0]
    assert (await stands(house, incident)).watched.ok == 1


@pytest.mark.requirement("MON-held-back")
async def test_while_a_newer_incident_is_worked_on_the_older_one_is_not_judged() -> None:
    house = build()
    older = await monitored(house)
    house.production.broken.add(GOOD)
    newer = await opened(house)
    await round_after(house, 1800)
    assert (await stands(house, older)).phase is Phase.MONITORING
    assert "monitoring_missed" not in await kinds(house, older)
    house.production.broken.clear()
    await assess(house, newer)
    await classify(house, newer)
    command = c.Close(reason="the team mended it by hand")
    await opening.close(house.incidents, call("close", newer, actor=PERSON), command)
    await round_after(house, 60)
    (missed,) = await events(house, older, e.MonitoringMissed)
    assert isinstance(missed, e.MonitoringMissed)
    assert missed.why == f"held back while {newer} was worked on"
    assert (await stands(house, older)).watched.ok > 0


@pytest.mark.requirement("FIX-over", "BUD-breach-once")
async def test_a_round_records_deadlines_that_ran_out_and_ends_a_fix_over_its_time() -> None:
    house = build()
    incident = await opened(house)
    await round_after(house, 6 * 60)
    assert (await stands(house, incident)).breached == {"assessment", "response"}
    await round_after(house, 60)
    assert (await kinds(house, incident)).count("budget_breached") == 2
    await assess(house, incident)
    await opening.classify(house.incidents, call("classify", incident), c.Classify())
    decision = c.DecideByPerson(path=Path.FIX, reason="I know it")
    await opening.decide(house.incidents, call("decide", incident, actor=PERSON), decision)
    await fixing.fix(house.incidents, call("fix", incident), c.BeginFix(says="null check"))
    await round_after(house, 31 * 60)
    assert (await stands(house, incident)).phase is Phase.DECIDED


async def test_a_closed_incident_is_not_watched() -> None:
    house = build()
    incident = await monitored(house)
    await fly(house, incident)
    house.clock.advance(60)
    outcome = await house.app.watching.once()
    assert outcome.stands == ()
    assert "monitoring_checked" not in await kinds(house, incident)


async def test_chores_are_done_by_the_watcher_alone_and_one_that_fails_stops_no_other() -> None:
    house, done = build(), []

    async def fails() -> None:
        raise Unavailable("the mail server", "it is down", "Wait.")

    async def works() -> None:
        done.append("works")

    first = Watching(incidents=house.incidents, leases=house.store, holder="a", chores=(fails, works))
    second = Watching(incidents=house.incidents, leases=house.store, holder="b", chores=(works,))
    outcome = await first.once()
    assert outcome.failed
    assert "chore 1: the mail server" in outcome.failed[0]
    await second.once()
    assert done == ["works"]


@pytest.mark.requirement("MON-schedule", "MON-survives")
async def test_the_loop_keeps_every_check_of_the_first_half_hour_and_lets_go_at_its_end() -> None:
    house = build()
    incident = await monitored(house)
    await watched_for(house, 31 * 60)
    watched = (await stands(house, incident)).watched
    assert watched.missed == 0
    assert watched.ok >= 30 + 3 + 3 + 1
    assert await house.store.take("watch", "another", for_s=0)


async def test_the_loop_outlives_a_log_that_cannot_be_read_for_a_while() -> None:
    house = build()
    incident = await monitored(house)
    streams, failures = house.store.streams, [3]

    async def failing(prefix: str = "") -> list[str]:
        if failures[0]:
            failures[0] -= 1
            raise Unavailable("the log", "it is locked", "Wait.")
        return await streams(prefix)

    house.store.streams = failing  # type: ignore[method-assign]
    await watched_for(house, 10 * ROUND_S)
    assert (await stands(house, incident)).watched.ok >= 1


async def test_every_answer_tells_how_monitoring_goes() -> None:
    house = build()
    incident = await monitored(house)
    await round_after(house, 60)
    answer = await telling.status(house.incidents, call("incident_status", incident))
    assert answer.monitoring.startswith("1 ok, 0 inconclusive, 0 missed; last ok ")
