"""incident_status: tells, changes nothing, and is on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from flightrules.service import opening, telling
from flightrules.service.invocation import Call
from flightrules.service.looks import KEPT
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Phase
from tests.service.house import House, build

pytestmark = pytest.mark.anyio


def call(tool: str, incident: str = "") -> Call:
    return Call(
        tool=tool, arguments={}, actor=Actor(kind=ActorKind.AGENT, name="tester", face="test"), incident=incident
    )


async def test_a_status_tells_where_the_incident_stands_and_leaves_it_there() -> None:
    house = build()
    opened = await opening.open_incident(
        house.incidents, call("open_incident"), c.Open(incident="", target="shop", title="down")
    )
    answer = await telling.status(house.incidents, call("incident_status", opened.incident))
    assert answer.phase is Phase.DETECTED
    assert answer.result is not None
    assert answer.result.title == "down"
    assert any("Incident detected" in line for line in answer.result.timeline)
    kinds = [record.kind for record in await house.store.load(opened.incident)]
    assert kinds[-2:] == ["call_received", "call_answered"]


async def test_without_an_incident_all_incidents_and_targets_are_told_and_that_is_on_record() -> None:
    house = build()
    opened = await opening.open_incident(
        house.incidents, call("open_incident"), c.Open(incident="", target="shop", title="down")
    )
    answer = await telling.status(house.incidents, call("incident_status"))
    assert answer.result is not None
    assert [line.incident for line in answer.result.incidents] == [opened.incident]
    assert answer.result.targets == ("shop",)
    assert (await house.store.load("server"))[-1].kind == "call_answered"


async def test_an_unknown_incident_is_refused_with_the_known_ones_named() -> None:
    house = build()
    opened = await opening.open_incident(
        house.incidents, call("open_incident"), c.Open(incident="", target="shop", title="down")
    )
    answer = await telling.status(house.incidents, call("incident_status", "INC-NOTHERE"))
    assert answer.problem is not None
    assert answer.problem.code == "unknown_incident"
    assert opened.incident in answer.problem.remedy


async def test_a_moment_stated_in_another_zone_is_told_in_utc_like_all_others() -> None:
    house = build()
    there = datetime(2026, 1, 5, 14, 20, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    command = c.Open(incident="", target="shop", title="x", detected_at=there, onset_at=there - timedelta(minutes=10))
    incident = (await opening.open_incident(house.incidents, call("open_incident"), command)).incident
    answer = await telling.status(house.incidents, call("incident_status", incident))
    assert answer.result is not None
    assert answer.result.timeline[:2] == (
        "08:40:00 Onset, as stated when the incident was opened",
        "08:50:00 Incident detected via agent",
    )


async def opened_in(house: House) -> str:
    opened = await opening.open_incident(
        house.incidents, call("open_incident"), c.Open(incident="", target="shop", title="down")
    )
    return opened.incident


async def test_further_looks_of_a_caller_at_the_same_are_answered_alike_and_counted_instead_of_kept() -> None:
    house = build()
    incident = await opened_in(house)
    look = replace(call("incident_status", incident), account="reader")
    first = await telling.status(house.incidents, look)
    kept = len(await house.store.load(incident))
    for _ in range(50):
        assert await telling.status(house.incidents, look) == first
    assert len(await house.store.load(incident)) == kept
    house.clock.advance(601)
    await house.incidents.count_looks()
    await house.incidents.count_looks()
    counted = [r.data for r in await house.store.load("server") if r.kind == "looks_counted"]
    assert [(one["account"], one["times"]) for one in counted] == [("reader", 50)]
    await telling.status(house.incidents, look)
    assert len(await house.store.load(incident)) > kept, "a new window begins with a look on record"


async def test_one_reader_fills_no_log_whatever_it_asks_for() -> None:
    house = build()
    await opened_in(house)
    for number in range(200):
        look = replace(call("incident_status", f"INC-{number + 100:06d}"), account="reader")
        assert (await telling.status(house.incidents, look)).problem is not None
        await telling.status(house.incidents, replace(look, incident=""), query=f"word{number}")
        await telling.status(house.incidents, replace(look, incident=""))
    answers = [r for r in await house.store.load("server") if r.kind in {"call_answered", "call_refused"}]
    assert len(answers) <= 2 * KEPT


async def test_a_look_that_finds_a_budget_run_out_is_on_record_and_so_is_each_of_a_person() -> None:
    house = build()
    incident = await opened_in(house)
    look = call("incident_status", incident)
    await telling.status(house.incidents, look)
    house.clock.advance(301)
    await telling.status(house.incidents, look)
    assert "budget_breached" in [record.kind for record in await house.store.load(incident)]
    person = replace(look, actor=Actor(kind=ActorKind.PERSON, name="ada", face="cli"))
    before = len(await house.store.load(incident))
    for _ in range(3):
        await telling.status(house.incidents, person)
    assert len(await house.store.load(incident)) == before + 6
