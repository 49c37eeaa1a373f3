"""Replay of monitoring: what it found then must follow from what was seen, by the rules as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from flightrules.adapters.sending.folder import FolderSender
from flightrules.replay.replay import replay
from flightrules.state.archive.sessions import Session
from tests.service.house import House, build
from tests.service.replaying.scenes import ACTS, session_of
from tests.service.replaying.test_replay import changed, leaves, with_other
from tests.service.test_watching import Flapping, monitored, round_after, write

pytestmark = pytest.mark.anyio

Transition = Callable[[House, str], Awaitable[None]]


async def well(house: House, _incident: str) -> None:
    for _ in range(3):
        await round_after(house, 600)


async def failing_once(house: House, _incident: str) -> None:
    house.production.__class__ = Flapping
    await round_after(house, 600)


async def failing_twice(house: House, incident: str) -> None:
    await failing_once(house, incident)
    await round_after(house, 600)


async def unseen(house: House, _incident: str) -> None:
    house.production.hosts["web-1"].unreachable = "no route to host"
    await round_after(house, 600)


async def error_again(house: House, _incident: str) -> None:
    await round_after(house, 60)
    write(house, "ERROR request failed req=Zx9QpL")
    write(house, "ERROR something new")
    await round_after(house, 60)


async def more_errors(house: House, _incident: str) -> None:
    """A rate above the level, twice: nothing of it is the assessment's."""
    for _ in range(2):
        for number in range(40):
            write(house, f"ERROR something else altogether {number}")
        await round_after(house, 600)


async def nobody_watched(house: House, _incident: str) -> None:
    await round_after(house, 3 * 3600)
    await round_after(house, 25 * 3600)


SCENES: dict[str, tuple[Transition, str]] = {
    "well": (well, "ok"),
    "failing once": (failing_once, "inconclusive"),
    "failing twice": (failing_twice, "recurred"),
    "unseen": (unseen, "inconclusive"),
    "the error again": (error_again, "recurred"),
    "more errors": (more_errors, "recurred"),
    "nobody watched": (nobody_watched, "ok"),
}


async def watched(scene: str) -> Session:
    house = build()
    incident = await monitored(house, "ERROR request failed req=aB3kLm")
    await SCENES[scene][0](house, incident)
    session = await session_of(house, incident)
    await house.app.close()
    return session


def places(session: Session, kind: str) -> list[int]:
    return [number for number, record in enumerate(session.records) if record.kind == kind]


@pytest.mark.requirement("REPL-identical")
@pytest.mark.parametrize("scene", SCENES)
async def test_every_look_of_monitoring_is_judged_again(scene: str) -> None:
    session = await watched(scene)
    verdict = await replay(session)
    assert (verdict.word, verdict.taken) == ("identical", ()), verdict
    checked = [session.records[number].data["verdict"] for number in places(session, "monitoring_checked")]
    assert checked[-1] == SCENES[scene][1]


JUDGED = ("slots", "verdict", "saw", "items", "suspects", "logs_until", "gaps", "says", "evidence")
"""Fields that follow from a look; what the look rests on is held against the seal of its record alone."""


@pytest.mark.requirement("REPL-diverged")
@pytest.mark.parametrize("scene", SCENES)
def test_whatever_was_changed_in_an_event_of_monitoring_is_the_first_difference(scene: str) -> None:
    session, tried = asyncio.run(watched(scene)), 0
    for kind in ("monitoring_checked", "monitoring_missed", "recurrence_detected"):
        for number in places(session, kind)[-2:]:
            data = session.records[number].data
            for path in [path for path in leaves(data) if path[0] in JUDGED][::2]:
                verdict = asyncio.run(replay(changed(session, number, with_other(data, path))))
                assert verdict.word in ("diverged", "not_replayable"), (path, verdict)
                if verdict.first is not None:
                    assert verdict.first.place.startswith(f"#{number + 1} {kind}"), (path, verdict.first)
                tried += 1
    assert tried > 2


@pytest.mark.requirement("REPL-diverged")
async def test_what_was_seen_is_what_the_verdict_must_follow_from() -> None:
    session = await watched("well")
    number = places(session, "monitoring_checked")[-1]
    first: Any = session.records[number].data["first"]
    seen = {**first, "facts": {**first["facts"], "health": "down"}}
    verdict = await replay(changed(session, number, {"first": seen}))
    assert verdict.first is not None
    assert verdict.first.place == f"#{number + 1} monitoring_checked verdict"
    assert (verdict.first.expected, verdict.first.got) == ("'ok'", "'inconclusive'")


@pytest.mark.requirement("REPL-diverged")
async def test_an_event_of_monitoring_that_is_gone_or_added_diverges() -> None:
    session = await watched("nobody watched")
    for kind in ("monitoring_checked", "monitoring_missed"):
        for number in places(session, kind)[:1]:
            gone = (*session.records[:number], *session.records[number + 1 :])
            twice = (*session.records[:number], session.records[number], *session.records[number:])
            for records in (gone, twice):
                assert not (await replay(replace(session, records=records))).good, kind


async def test_what_monitoring_made_of_a_release_belongs_to_its_session_and_is_compared() -> None:
    session = await watched("failing twice")
    (number,) = (n for n, r in enumerate(session.context) if r.kind == "release_observed" and not r.call)
    condemned = session.context[number]
    assert condemned.data["by"] == session.head.incident
    other = condemned.model_copy(update={"data": {**condemned.data, "healthy": True}})
    context = (*session.context[:number], other, *session.context[number + 1 :])
    verdict = await replay(replace(session, context=context))
    assert verdict.first is not None
    assert (verdict.first.expected, verdict.first.got) == ("True", "False")


def as_before(session: Session) -> Session:
    """The session as a version wrote it that kept no more of a look than its verdict."""
    later = ("logs_since", "first", "again")
    records = tuple(
        record.model_copy(update={"data": {name: v for name, v in record.data.items() if name not in later}})
        if record.kind == "monitoring_checked"
        else record
        for record in session.records
    )
    context = tuple(record for record in session.context if record.call or record.kind != "release_observed")
    return replace(session, records=records, context=context)


@pytest.mark.requirement("REPL-old")
@pytest.mark.parametrize("scene", SCENES)
async def test_of_older_sessions_a_look_whose_observation_was_not_kept_is_taken_as_recorded(scene: str) -> None:
    session = as_before(await watched(scene))
    verdict = await replay(session)
    assert verdict.word == "identical", verdict
    recurred = {r.at for r in session.records if r.kind == "recurrence_detected"}
    looks = {r.at for r in session.records if r.kind == "monitoring_checked"} - recurred
    taken = [r for r in session.records if r.kind.startswith("monitoring") and r.at in looks]
    assert list(verdict.taken) == [f"#{r.version} {r.kind}" for r in taken]


@pytest.mark.requirement("REPL-old", "REPL-diverged")
async def test_of_older_sessions_a_recurrence_is_judged_from_its_evidence() -> None:
    session = as_before(await watched("failing twice"))
    (number,) = places(session, "recurrence_detected")
    verdict = await replay(changed(session, number, {"says": "functions: fails again: avatar"}))
    assert verdict.first is not None
    assert verdict.first.place == f"#{number + 1} recurrence_detected says"


@pytest.mark.requirement("REPL-identical")
async def test_the_end_of_a_fix_that_is_out_of_time_is_judged_again() -> None:
    house = build(checkout="/srv/checkout", test=["make", "test"])
    incident = (await session_of_fix(house)).head.incident
    session = await session_of(house, incident)
    (number,) = (n for n in places(session, "fix_ended") if session.records[n].actor.name == "watch")
    verdict = await replay(session)
    assert (verdict.word, verdict.taken) == ("identical", ()), verdict
    verdict = await replay(changed(session, number, {"says": "nobody knows"}))
    assert verdict.first is not None
    assert verdict.first.place == f"#{number + 1} fix_ended says"


async def session_of_fix(house: House) -> Session:
    from tests.service.pilot import opened

    incident = await opened(house)
    for act in ("assess", "classify", "decide", "person: fix", "begin a fix"):
        await ACTS[act](house, incident)
    await round_after(house, 31 * 60)
    return await session_of(house, incident)


@pytest.mark.requirement("REPL-identical")
async def test_what_the_public_is_told_by_itself_when_an_incident_is_back_is_judged_again() -> None:
    house = build()
    sender = FolderSender(house.outbox, "/documents")
    house.incidents.senders = {**house.incidents.senders, "external/1": sender}
    incident = await monitored(house, "ERROR boom")
    await round_after(house, 60)
    write(house, "ERROR boom")
    await round_after(house, 60)
    session = await session_of(house, incident)
    assert session.records[-1].kind == "update_posted"
    assert session.records[-1].actor.name == "watch"
    verdict = await replay(session)
    assert (verdict.word, verdict.taken) == ("identical", ()), verdict
