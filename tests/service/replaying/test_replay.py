"""Whatever the service did is done again from its log alone, and whatever was changed in the log is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightrules.ports import Write
from flightrules.replay.replay import replay
from flightrules.service import observing, opening
from flightrules.service.invocation import Call
from flightrules.service.messages import updating
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.archive.sessions import Session, check_session, read_session, session_lines
from flightrules.state.log import Recorded
from flightrules.state.policy import Budgets, Policy
from flightrules.state.vocabulary import Phase
from tests.service.house import HOST, House, build
from tests.service.pilot import fly, opened
from tests.service.replaying.scenes import ACTS, PERSON, by, replayed, session_of, whole_session
from tests.service.test_crashes import MortalStore, appends_of_a_whole_incident, flaky_house, lived_until, living
from tests.state.core import SCENES

pytestmark = pytest.mark.anyio

FLEET: dict[str, Any] = {
    "hosts": [HOST | {"name": f"web-{n}"} for n in (1, 2, 3)],
    "rollout": {"canary": 1, "batch": 2},
}


@pytest.mark.requirement("REPL-identical")
async def test_a_whole_incident_is_replayed_as_identical() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident)
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict
    assert verdict.events == len(await house.incidents.records(incident))
    assert verdict.taken == ()


@pytest.mark.requirement("REPL-identical")
async def test_an_incident_after_a_look_that_told_the_usual_rate_of_errors_is_replayed_as_identical() -> None:
    async with living(build()) as house:
        seen = e.ReleaseObserved(release="4" * 40, healthy=True, by="observe", errors_per_minute=0.5)
        looked = seen.draft(at=house.clock.now(), actor=PERSON, call="")
        await house.incidents.store.append(Write(observing.target_stream("shop"), 0, [looked]))
        incident = await opened(house)
        await fly(house, incident)
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


async def test_what_ends_a_line_elsewhere_does_not_cut_a_session_where_somebody_said_it() -> None:
    said = "one\u2028two\u2029three\x85four\x0bfive\x0csix\x1cseven"
    async with living(build()) as house:
        given = {"target": "shop", "title": said, "description": said, "detected_via": "agent"}
        call = by(False, "open_incident", "", **given)  # noqa: FBT003
        command = c.Open(incident="", target="shop", title=said, description=said)
        incident = (await opening.open_incident(house.incidents, call, command)).incident
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


@pytest.mark.requirement("REPL-identical")
async def test_a_rollback_over_a_fleet_is_replayed_as_identical() -> None:
    async with living(build(**FLEET)) as house:
        house.production.looks_to_finish = 3
        incident = await opened(house)
        await fly(house, incident)
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_an_incident_whose_process_died_anywhere_is_replayed_as_identical(moment: Any) -> None:  # noqa: ANN401
    for dies_at in range(1, await appends_of_a_whole_incident() + 1, 2):
        store, world = MortalStore(), build()
        store.dies_at, store.moment = dies_at, moment
        await lived_until(store, world)
        async with living(world.restarted(store.reborn())) as process:
            incident = await opened(process, key="first")
            await process.app.rollbacks.resume()
            await fly(process, incident)
            verdict = await replayed(process, incident)
        assert verdict.word == "identical", (dies_at, verdict)


@pytest.mark.parametrize("fails_for", [1, 25])
async def test_an_incident_with_broken_connections_is_replayed_as_identical(fails_for: int) -> None:
    house, production = flaky_house()
    async with living(house):
        await fly(house, await opened(house))
    for fails_at in range(1, production.calls + 1):
        house, flaky = flaky_house()
        flaky.fails_at, flaky.fails_for, flaky.moment = fails_at, fails_for, "after"
        async with living(house):
            incident = await opened(house)
            await fly(house, incident)
            verdict = await replayed(house, incident)
        assert verdict.word == "identical", (fails_at, verdict)


async def test_calls_that_overtake_each_other_are_replayed_as_identical() -> None:
    async with living(build(runs=False)) as house:
        incident = await opened(house)
        await asyncio.gather(ACTS["assess"](house, incident), ACTS["look"](house, incident))
        await ACTS["classify"](house, incident)
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


async def test_a_rollback_that_was_overtaken_while_it_read_the_hosts_is_replayed_as_identical() -> None:
    for other in ("stand down", "person: fix", "reject"):
        async with living(build()) as house:
            incident = await opened(house)
            for act in ("assess", "classify", "decide"):
                await ACTS[act](house, incident)
            await asyncio.gather(ACTS["plan"](house, incident), ACTS[other](house, incident))
            await ACTS["look"](house, incident)
            verdict = await replayed(house, incident)
        assert verdict.word == "identical", (other, verdict)


@pytest.mark.parametrize("afterwards", [("person: rollback", "roll back, yes"), ("roll back, yes",)])
async def test_what_a_later_rollback_did_is_not_done_by_one_whose_client_left(afterwards: tuple[str, ...]) -> None:
    for moment in range(1, 14):
        async with living(build()) as house:
            incident = await opened(house)
            for act in ("assess", "classify", "decide"):
                await ACTS[act](house, incident)
            left = asyncio.ensure_future(ACTS["roll back, yes"](house, incident))
            for _ in range(moment):
                await asyncio.sleep(0)
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)
            for act in ("person: rollback further", *afterwards, "look"):
                await ACTS[act](house, incident)
            verdict = await replayed(house, incident)
        assert verdict.word == "identical", (moment, verdict)


@pytest.mark.requirement("REPL-identical")
async def test_what_was_left_empty_is_empty_in_the_replay_although_another_value_is_usual() -> None:
    async with living(build()) as house:
        given = {"target": "shop", "title": "", "description": "", "detected_via": ""}
        call = replace(by(False, "open_incident", ""), arguments={"target": "shop"})  # noqa: FBT003
        command = c.Open.model_validate({"incident": "", **given})
        incident = (await opening.open_incident(house.incidents, call, command)).incident
        post = by(False, "post_update", incident, external=False)  # noqa: FBT003
        await updating.post_update(house.incidents, post, c.PostUpdate(text=""))
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


@pytest.mark.requirement("REPL-identical")
async def test_an_incident_whose_key_was_given_to_a_refused_call_before_is_replayed_as_identical() -> None:
    async with living(build()) as house:
        no_other_streams = c.Open(incident="", target="nowhere", title="x")
        refused = replace(by(False, "open_incident", "", target="nowhere", title="x"), key="k")  # noqa: FBT003
        assert not (await opening.open_incident(house.incidents, refused, no_other_streams)).ok
        incident = await opened(house, key="k")
        session = await session_of(house, incident)
        assert (await replay(session)).word == "identical"
        before = await house.incidents.store.find_call("server", "k")  # older versions took all of it out
    older = replace(session, context=(*before[:2], *session.context))
    assert (await replay(older)).word == "identical"


def _under(key: str, tool: str, incident: str, **arguments: Any) -> Call:  # noqa: ANN401 - arguments of any tool
    return replace(by(False, tool, incident, **arguments), key=key)  # noqa: FBT003


@pytest.mark.requirement("REPL-identical")
async def test_a_key_that_was_given_to_another_call_is_refused_in_the_replay_too() -> None:
    async with living(build()) as house:
        incident, incidents = await opened(house), house.incidents
        for key in ("k", "k"):  # refused, so the key is free; a second time it gives the same answer
            await observing.verify(incidents, _under(key, "verify", incident, user_reports="unknown"), "unknown")
        await observing.assess(incidents, _under("k", "assess", incident))
        await observing.assess(incidents, _under("k-2", "assess", incident))
        no = await opening.classify(incidents, _under("k", "classify", incident), c.Classify())
        also = await opening.classify(incidents, _under("k-2", "classify", incident), c.Classify())
        assert [said.problem and said.problem.code for said in (no, also)] == ["key_reused", "key_reused"]
        await opening.classify(incidents, _under("m", "classify", incident), c.Classify())
        session = await session_of(house, incident)
    verdict = await replay(session)
    assert verdict.word == "identical", verdict
    keys = {r.data["key"] for r in session.records if r.kind == "call_received"}
    assert keys == {"", "k", "k-2", "m"}, "the key that a call came with is on record, whatever it stands under"


async def test_settings_that_changed_do_not_count_for_a_refused_call_of_the_same_key_and_instant() -> None:
    keyed = ("act", "assess, twice under one key")
    house, incident = await _played(
        [*(("act", name) for name in NATURAL[:7]), keyed, ("policy", "3"), keyed], fleet=False
    )
    verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


async def test_settings_that_changed_on_the_way_count_from_where_they_changed() -> None:
    async with living(build()) as house:
        incident = await opened(house)
        await fly(house, incident, until=Phase.CLASSIFIED)
        managed = house.incidents.managed_targets["shop"]
        house.incidents.managed_targets = {"shop": replace(managed, policy=Policy(budgets=Budgets(rollback=3)))}
        await fly(house, incident)
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


WORLD: dict[str, dict[str, Any]] = {
    "failing step": {"fail_steps": {"up": 1}},
    "crash": {"crash_at": "up"},
    "unreadable": {"unreadable": {"health": "no answer within 5 s"}},
    "slow": {"looks_to_finish": 5},
    "well": {"broken": set()},
    "none": {"fail_steps": {}, "crash_at": "", "unreadable": {}, "looks_to_finish": 0},
}
HOSTS: dict[str, dict[str, Any]] = {
    "away": {"unreachable": "connection refused."},
    "locked": {"lock_holder": "PLAN-OTHER"},
    "moved": {"dirty": ("web/app.py",)},
    "none": {"unreachable": "", "lock_holder": ""},
}


def _world(house: House, trouble: str) -> None:
    """One thing that is wrong with the world beside the release, or all of it mended."""
    for name, value in WORLD.get(trouble, {}).items():
        setattr(house.production, name, value)
    for name, value in HOSTS.get(trouble, {}).items():
        setattr(house.production.hosts["web-1"], name, value)
    house.documents.failing = "the disk is full." if trouble == "full disk" else ""


TROUBLES = (
    *("failing step", "crash", "unreadable", "slow", "away", "locked", "full disk", "well", "moved", "none", "none"),
)
NATURAL = ("assess", "classify", "decide", "plan", "approve", "roll back, yes", "verify", "report", "brief", "close")

MOVES = st.one_of(
    st.sampled_from(sorted(ACTS)).map(lambda name: ("act", name)),
    st.sampled_from([*NATURAL, "watch", "watch"]).map(lambda name: ("act", name)),
    st.sampled_from(TROUBLES).map(lambda name: ("world", name)),
    st.sampled_from(["1", "61", "400", "2000"]).map(lambda seconds: ("wait", seconds)),
    st.sampled_from([3, 9]).map(lambda minutes: ("policy", str(minutes))),
)


async def _played(moves: list[tuple[str, str]], *, fleet: bool) -> tuple[House, str]:
    house = build(checkout="/srv/checkout", test=["make", "test"], **(FLEET if fleet else {}))
    incident = await opened(house)
    for kind, what in moves:
        if kind == "act":
            await ACTS[what](house, incident)
        elif kind == "world":
            _world(house, what)
        elif kind == "policy":
            managed = house.incidents.managed_targets["shop"]
            house.incidents.managed_targets = {
                "shop": replace(managed, policy=Policy(budgets=Budgets(rollback=int(what))))
            }
        else:
            house.clock.advance(float(what))
    await house.app.close()
    return house, incident


@pytest.mark.requirement("REPL-identical")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=st.lists(MOVES, max_size=25), ahead=st.integers(0, 8), fleet=st.booleans())
def test_whatever_is_called_in_whatever_order_is_replayed_as_identical(
    moves: list[tuple[str, str]],
    ahead: int,
    fleet: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    first = [("act", name) for name in NATURAL[:ahead]]

    async def play() -> None:
        house, incident = await _played([*first, *moves], fleet=fleet)
        verdict = await replayed(house, incident)
        assert verdict.word == "identical", verdict
        assert verdict.taken == ()

    asyncio.run(play())


async def test_a_reminder_and_a_look_at_the_same_moment_are_replayed_as_identical() -> None:
    moves = [("act", "assess"), ("act", "classify"), ("world", "well"), ("wait", "2000"), ("act", "watch")]
    house, incident = await _played(moves, fleet=False)
    verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


async def test_a_comparison_that_only_the_second_host_could_give_is_replayed_as_identical() -> None:
    moves = [*(("act", name) for name in NATURAL[:7]), ("world", "away"), ("act", "analyse")]
    house, incident = await _played(moves, fleet=True)
    verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


async def test_an_assessment_that_finds_releases_seen_by_its_own_incident_is_replayed_as_identical() -> None:
    moves = [("act", name) for name in (*NATURAL[:7], "person: fix", "assess")]
    house, incident = await _played(moves, fleet=False)
    verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


@pytest.fixture(scope="module")
def text() -> str:
    """A whole incident, as its file."""
    return asyncio.run(whole_session())


def changed(session: Session, number: int, change: dict[str, Any]) -> Session:
    """The session with other data in one event."""
    records = list(session.records)
    records[number] = records[number].model_copy(update={"data": {**records[number].data, **change}})
    return replace(session, records=tuple(records))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    elif isinstance(value, int | bool) or (isinstance(value, str) and value):
        yield path


def with_other(value: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any JSON
    """The value with one leaf changed."""
    if not path:
        return (not value) if isinstance(value, bool) else (value + 1 if isinstance(value, int) else f"{value}X")
    inner = with_other(value[path[0]], path[1:])
    if isinstance(value, dict):
        return {**value, path[0]: inner}
    return [*value[: path[0]], inner, *value[path[0] + 1 :]]


def is_document(data: dict[str, Any], path: tuple[Any, ...]) -> bool:
    """True if the leaf is where a document was written."""
    return path == ("answer", "result", "path") and str(data["answer"]["result"]["path"]).endswith(".md")


TOLD = frozenset({"call_answered", "severity_classified", "path_decided", "assessment_recorded", "host_finished"})


@pytest.mark.requirement("REPL-diverged")
def test_an_answer_or_event_that_was_changed_is_named_as_the_place_of_divergence(text: str) -> None:
    session = read_session(text)
    tried = 0
    for number, record in enumerate(session.records):
        paths = [path for path in leaves(record.data) if path[-1] not in FREE_NAMES] if record.kind in TOLD else []
        # A replay takes the place of a document from the record, so it cannot tell that it was changed.
        paths = [path for path in paths if not is_document(record.data, path)]
        for path in paths[::5]:
            verdict = asyncio.run(replay(changed(session, number, with_other(record.data, path))))
            assert verdict.word == "diverged", (path, verdict)
            assert verdict.first is not None
            assert verdict.first.place.startswith(f"#{record.version} {record.kind}"), (path, verdict.first)
            tried += 1
    assert tried > 50


FREE_NAMES = frozenset({"says", "why", "summary", "review", "tell_user", "reason", "remedy"})


@pytest.mark.requirement("REPL-diverged")
def test_what_was_changed_shows_what_was_expected_beside_what_came(text: str) -> None:
    session = read_session(text)
    number = next(n for n, record in enumerate(session.records) if record.kind == "severity_classified")
    verdict = asyncio.run(replay(changed(session, number, {"severity": "P2"})))
    assert verdict.first is not None
    assert (verdict.first.expected, verdict.first.got) == ("'P2'", "'P1'")
    assert verdict.first.place == f"#{number + 1} severity_classified severity"


@pytest.mark.requirement("REPL-diverged")
def test_an_event_that_is_gone_or_that_is_added_diverges(text: str) -> None:
    session = read_session(text)
    for number in range(4, len(session.records), 7):
        records = (*session.records[:number], *session.records[number + 1 :])
        assert not asyncio.run(replay(replace(session, records=records))).good, number
        twice = (*session.records[:number], session.records[number], *session.records[number:])
        assert not asyncio.run(replay(replace(session, records=twice))).good, number


@pytest.mark.requirement("REPL-equivalent")
def test_other_words_for_the_same_answer_are_equivalent(text: str) -> None:
    session = read_session(text)
    number = next(n for n, record in enumerate(session.records) if record.kind == "call_answered")
    answer = session.records[number].data["answer"]
    assert isinstance(answer, dict)
    verdict = asyncio.run(replay(changed(session, number, {"answer": {**answer, "says": "Es ist offen."}})))
    assert verdict.word == "equivalent"
    assert verdict.free == (f"#{number + 1} call_answered answer.says",)


@pytest.mark.requirement("REPL-old")
def test_an_event_of_an_older_version_has_the_defaults_of_what_was_added_since(text: str) -> None:
    session = read_session(text)
    number = next(n for n, record in enumerate(session.records) if record.kind == "path_decided")
    record = session.records[number]
    older = {name: value for name, value in record.data.items() if name != "without"}
    records = list(session.records)
    records[number] = record.model_copy(update={"data": older})
    assert asyncio.run(replay(replace(session, records=tuple(records)))).word == "identical"


@pytest.mark.requirement("REPL-not-replayable")
@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("proof_taken", {"health": None}, "health answer"),
        ("call_received", {"tool": "teleport"}, "teleport"),
    ],
)
def test_a_missing_observation_is_the_reason_why_it_cannot_be_replayed(
    text: str, kind: str, change: dict[str, Any], reason: str
) -> None:
    session = read_session(text)
    number = next(n for n, record in enumerate(session.records) if record.kind == kind)
    verdict = asyncio.run(replay(changed(session, number, change)))
    assert verdict.word == "not_replayable"
    assert reason in verdict.reason


@pytest.mark.requirement("REPL-not-replayable")
def test_a_log_without_settings_or_with_an_unknown_event_cannot_be_replayed(text: str) -> None:
    session = read_session(text)
    bare = tuple(record for record in session.records if record.kind != "settings_read")
    verdict = asyncio.run(replay(replace(session, records=bare)))
    assert (verdict.word, verdict.good) == ("not_replayable", False)
    assert "settings" in verdict.reason
    strange: list[Recorded] = list(session.records)
    strange[10] = strange[10].model_copy(update={"kind": "incident_teleported"})
    assert asyncio.run(replay(replace(session, records=tuple(strange)))).word in ("not_replayable", "diverged")


def test_a_record_that_is_not_what_its_seal_says_diverges_although_nothing_follows_from_it(text: str) -> None:
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines) if '"memory"' in line)
    lines[number] = lines[number].replace("4294967296", "4294967297")
    session = read_session("\n".join(lines))
    verdict = asyncio.run(replay(session))
    assert verdict.word == "diverged"
    assert verdict.first is not None
    assert verdict.first.place == session.unsealed[0]


async def test_a_session_of_an_incident_that_is_still_open_is_replayed_as_far_as_it_goes() -> None:
    async with living(build()) as house:
        house.production.looks_to_finish = 10**9
        incident = await opened(house)
        await fly(house, incident, until=Phase.ROLLING_BACK)
        session = await session_of(house, incident)
    assert (await replay(session)).word == "identical"


@pytest.mark.requirement("REPL-identical")
async def test_a_host_that_goes_away_after_the_plan_is_away_in_the_replay_too() -> None:
    async with living(build(**FLEET)) as house:
        incident = await opened(house)
        for act in ("assess", "classify", "decide", "plan"):
            await ACTS[act](house, incident)
        _world(house, "away")
        for act in ("roll back, yes", "update", "approve an update", "update", "keep an update back"):
            await ACTS[act](house, incident)
        verdict = await replayed(house, incident)
    assert verdict.word == "identical", verdict


@pytest.mark.requirement("REPL-not-replayable", "REPL-old")
@pytest.mark.parametrize("scene", SCENES)
def test_a_log_that_no_face_ever_wrote_is_told_as_not_replayable_and_breaks_nothing(scene: str) -> None:
    """Logs of the core alone: no settings, no calls, like those of versions before calls and settings were kept."""
    records = SCENES[scene]().records
    text = "\n".join(session_lines(records, (), target="shop", version="0.0.1"))
    session = read_session(text)
    verdict = asyncio.run(replay(session))
    assert verdict.word == "not_replayable"
    assert "settings" in verdict.reason
    assert all(found.holds for found in check_session(session, text) if found.what != "file")
