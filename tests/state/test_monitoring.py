"""Extended monitoring over time: what is due, what was missed, what counts as coming back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.evidence import ErrorGroup, Finding, Http, Logs
from flightrules.state.levels import ErrorLevel
from flightrules.state.monitoring import schedule, unwatched
from flightrules.state.policy import Budgets, Policy
from flightrules.state.recurrence import covered, judge, kept, probes_of, sight_of
from flightrules.state.report.timeline import timeline
from flightrules.state.status import status_of
from flightrules.state.vocabulary import Path, Phase, Watch
from flightrules.state.watched import Sight
from tests.state.core import FIXED, GOOD, PERSON, SHOP, SYSTEM, Core, blind, fixed, looked, monitoring, reported, seen

WELL = seen(GOOD, well=True)


def due(core: Core) -> dict[str, int]:
    return {slot.watch.value: slot.number for slot in schedule(core.incident, core.policy, core.now).due}


def gaps(core: Core) -> dict[str, tuple[int, int]]:
    return {gap.watch.value: (gap.first, gap.last) for gap in schedule(core.incident, core.policy, core.now).gaps}


def next_in(core: Core) -> float | None:
    at = schedule(core.incident, core.policy, core.now).next_at
    return None if at is None else (at - core.now) / timedelta(minutes=1)


def last(core: Core, kind: str) -> e.Event:
    return next(e.event_of(r.kind, r.data) for r in reversed(core.records) if r.kind == kind)


def checked(core: Core) -> e.MonitoringChecked:
    event = last(core, "monitoring_checked")
    assert isinstance(event, e.MonitoringChecked)
    return event


def logged(*errors: tuple[str, int]) -> tuple[Finding, ...]:
    """All well, but for these errors in the log."""
    groups = tuple(ErrorGroup(signature=kind, count=count, example=kind) for kind, count in errors)
    log = Logs(service="web", lines=500, errors=sum(count for _, count in errors), groups=groups)
    return tuple(f.model_copy(update={"data": log}) if f.probe == "logs:web" else f for f in WELL)


def without(probe: str, **data: object) -> tuple[Finding, ...]:
    """All well, but for one HTTP check."""
    failed = Http(check=probe.removeprefix("check:"), ok=False).model_copy(update=data)
    return tuple(f.model_copy(update={"data": failed}) if f.probe == probe else f for f in WELL)


@pytest.mark.requirement("MON-schedule", "MON-continuous", "MON-health", "MON-error-rate")
def test_the_checks_of_a_whole_day_are_those_of_the_protocol() -> None:
    core, made = monitoring(), dict.fromkeys(Watch, 0)
    for _ in range(26 * 60):
        core.wait(minutes=1)
        if schedule(core.incident, core.policy, core.now).due:
            core.check()
            for slot in checked(core).slots:
                made[slot.watch] += 1
    assert made == {Watch.LOGS: 30, Watch.HEALTH: 6, Watch.ERRORS: 24, Watch.RECURRENCE: 48}
    assert (core.incident.watched.ok, core.incident.watched.missed) == (108, 0)
    assert next_in(core) is None
    size = sum(len(r.model_dump_json()) for r in core.records if r.kind.startswith("monitoring"))
    assert size < 90_000


@pytest.mark.requirement("MON-schedule")
def test_nothing_is_due_before_restoration_nor_before_the_first_distance() -> None:
    core = monitoring().wait(seconds=59)
    assert due(core) == {}
    assert next_in(core) == pytest.approx(1 / 60)
    assert due(core.wait(seconds=1)) == {"logs": 1}
    assert schedule(Core().incident, core.policy, core.now).next_at is None


@pytest.mark.requirement("MON-schedule", "BUD-configurable")
def test_spans_and_distances_are_policy() -> None:
    limits = Budgets(
        monitoring_continuous=2,
        monitoring_continuous_every_seconds=30,
        monitoring_health=0,
        monitoring_errors=5,
        monitoring_errors_every=5,
        monitoring_recurrence=0,
    )
    core = monitoring()
    core.policy = Policy(budgets=limits)
    assert due(core.wait(seconds=30)) == {"logs": 1}
    assert due(core.wait(minutes=5)) == {"errors": 1}
    assert gaps(core) == {"logs": (1, 4)}


@pytest.mark.requirement("MON-schedule")
def test_checks_due_together_are_made_in_one_look_with_only_the_probes_needed() -> None:
    assert probes_of({Watch.LOGS}, SHOP) == ("logs",)
    assert probes_of({Watch.HEALTH}, SHOP) == ("health", "check:cart", "check:avatar")
    assert probes_of(set(Watch), SHOP) == ("health", "check:cart", "check:avatar", "services", "logs")
    core = monitoring().wait(minutes=10).check()
    assert {slot.watch for slot in checked(core).slots} == {Watch.LOGS, Watch.HEALTH, Watch.ERRORS}


@pytest.mark.requirement("MON-missed")
def test_a_gap_of_three_hours_is_one_event_and_nothing_of_it_passed() -> None:
    core = monitoring().wait(minutes=5).check().wait(hours=3)
    before = len(core.records)
    core.check()
    assert [r.kind for r in core.records[before:]] == ["monitoring_missed", "monitoring_checked"]
    event = last(core, "monitoring_missed")
    assert isinstance(event, e.MonitoringMissed)
    assert {gap.watch.value: (gap.first, gap.last) for gap in event.gaps} == {
        "logs": (6, 30),
        "health": (1, 6),
        "errors": (1, 17),
        "recurrence": (1, 5),
    }
    assert core.incident.watched.missed == 4 + 25 + 6 + 17 + 5
    assert core.incident.watched.ok == 1 + 2


@pytest.mark.requirement("MON-missed")
def test_a_check_is_missed_only_once_the_next_one_is_due() -> None:
    core = monitoring().wait(seconds=119)
    assert due(core) == {"logs": 1}
    assert gaps(core) == {}
    core.wait(seconds=1)
    assert (due(core), gaps(core)) == ({"logs": 2}, {"logs": (1, 1)})


@pytest.mark.requirement("MON-missed")
def test_a_watch_that_nobody_kept_ends_as_missed_altogether() -> None:
    core = monitoring().wait(hours=25)
    assert due(core) == {}
    core.check()
    assert core.incident.watched.missed == 108
    assert core.incident.watched.ok == 0
    assert gaps(core) == {}
    assert len(core.check().records) == len(core.records)


@pytest.mark.requirement("MON-once")
def test_a_check_that_is_handed_in_twice_counts_once() -> None:
    core = monitoring().wait(minutes=10)
    restored = core.incident.restored_at
    assert restored is not None
    slots = schedule(core.incident, core.policy, core.now).due
    late = c.RecordMonitoring(
        restored_at=restored,
        slots=slots,
        **looked(seen(GOOD), seen(GOOD)),
        logs_since=restored,
        looked_at=core.now,
    )
    core.check()
    assert core.do(late, SYSTEM) == []
    assert core.incident.phase is Phase.MONITORING


@pytest.mark.requirement("MON-once")
def test_a_check_of_an_earlier_restoration_changes_nothing() -> None:
    core = monitoring()
    restored = core.incident.restored_at
    assert restored is not None
    core.wait(minutes=1).check(seen(GOOD)).choose(Path.ROLLBACK, "a" * 40).roll_back().wait(seconds=5)
    core.verify(seen("a" * 40, well=True)).wait(minutes=1)
    slots = schedule(core.incident, core.policy, core.now).due
    old = c.RecordMonitoring(restored_at=restored, slots=slots, logs_since=restored, looked_at=core.now, **looked(WELL))
    assert slots
    assert core.do(old, SYSTEM) == []
    assert core.incident.watched.ok == 0


@pytest.mark.requirement("MON-recurrence")
def test_an_error_of_the_assessment_in_the_log_again_is_a_recurrence_at_once() -> None:
    core = monitoring().wait(minutes=1)
    core.check(logged(("ERROR boom", 3)))
    assert core.stands() == (Phase.DECIDED, Path.PERSON)
    event = last(core, "recurrence_detected")
    assert isinstance(event, e.RecurrenceDetected)
    assert event.says == "errors: 1 kind of error of the assessment came back, 3 lines"
    assert set(event.evidence) <= set(core.incident.evidence)
    assert core.incident.restored_at is None
    assert due(core.wait(minutes=10)) == {}


@pytest.mark.requirement("MON-recurrence", "DEC-fix-failed")
def test_a_recurrence_after_a_fix_makes_rollback_the_decision() -> None:
    core = fixed().verify(seen(FIXED, well=True)).wait(minutes=1).check(logged(("ERROR boom", 1)))
    assert core.stands() == (Phase.DECIDED, Path.ROLLBACK)


@pytest.mark.requirement("MON-recurrence", "MON-confirmed")
def test_a_check_that_fails_twice_in_one_look_is_a_recurrence() -> None:
    core = monitoring().wait(minutes=10)
    core.check(without("check:cart", status=500), without("check:cart", status=500))
    assert core.incident.phase is Phase.DECIDED
    assert checked(core).items[0].saw == "fails again: cart"


@pytest.mark.requirement("MON-confirmed", "MON-inconclusive")
def test_a_check_that_fails_once_is_inconclusive_and_once_more_a_recurrence() -> None:
    core = monitoring().wait(minutes=10).check(without("check:cart", status=500), WELL)
    assert core.stands()[0] is Phase.MONITORING
    assert (core.incident.watched.last, core.incident.watched.suspects) == ("inconclusive", ("cart",))
    core.wait(minutes=10).check(without("check:cart", status=500), WELL)
    assert core.incident.phase is Phase.DECIDED


@pytest.mark.requirement("MON-confirmed")
def test_what_passes_at_the_next_check_is_no_suspect_any_more() -> None:
    core = monitoring().wait(minutes=10).check(without("check:cart", status=500), WELL)
    core.wait(minutes=1).check()
    kept = core.incident.watched.suspects
    assert kept == ("cart",), "logs alone say nothing of a check"
    core.wait(minutes=9).check()
    assert core.incident.watched.suspects == ()
    core.wait(minutes=10).check(without("check:cart", status=500), WELL)
    assert core.incident.phase is Phase.MONITORING


@pytest.mark.requirement("MON-inconclusive", "VER-never-guess")
def test_what_could_not_be_seen_is_inconclusive_and_counts_as_no_pass() -> None:
    core = monitoring().wait(minutes=30).check(blind())
    watched = core.incident.watched
    assert (watched.ok, watched.inconclusive) == (0, 4)
    assert watched.logs_until is None, "logs nobody could read are read from the same moment the next time"
    assert "0 ok, 4 inconclusive" in status_of(core.incident, core.policy, core.now).monitoring
    assert any("inconclusive" in entry.text for entry in timeline(core.records))


@pytest.mark.requirement("MON-inconclusive")
def test_where_nothing_answers_at_all_it_may_be_our_own_network() -> None:
    gone = tuple(
        f.model_copy(update={"data": Http(check=f.probe.removeprefix("check:"), ok=False)})
        if f.host is None
        else blind([f])[0]
        for f in WELL
    )
    core = monitoring().wait(minutes=30).check(gone, gone)
    assert core.incident.phase is Phase.MONITORING
    assert "own network" in checked(core).items[0].saw


@pytest.mark.requirement("MON-recurrence")
def test_where_a_host_answers_a_silent_service_is_down() -> None:
    silent = tuple(
        f.model_copy(update={"data": Http(check=f.probe.removeprefix("check:"), ok=False)}) if f.host is None else f
        for f in WELL
    )
    core = monitoring().wait(minutes=30).check(silent, silent)
    assert core.incident.phase is Phase.DECIDED


@pytest.mark.requirement("MON-error-rate")
def test_a_rate_above_the_level_is_looked_at_again_and_then_a_recurrence() -> None:
    core = monitoring().wait(minutes=10).check(logged(("ERROR new", 400)))
    assert (core.incident.phase, checked(core).verdict) == (Phase.MONITORING, "inconclusive")
    core.wait(minutes=10).check(logged(("ERROR new", 400)))
    assert core.incident.phase is Phase.DECIDED
    assert "above: 400 lines in 10 min" in checked(core).items[0].saw


@pytest.mark.requirement("MON-error-rate")
def test_a_rate_that_falls_again_is_no_recurrence() -> None:
    core = monitoring().wait(minutes=10).check(logged(("ERROR new", 400))).wait(minutes=10).check()
    core.wait(minutes=10).check(logged(("ERROR new", 400)))
    assert core.incident.phase is Phase.MONITORING


@pytest.mark.requirement("MON-error-rate", "VER-never-guess")
def test_where_the_level_before_is_not_known_that_is_said() -> None:
    core = monitoring().wait(minutes=10).check()
    assert "at verification, since that before the incident is not known" in checked(core).saw


@pytest.mark.requirement("MON-error-rate")
def test_the_rate_is_held_against_the_level_before_the_incident() -> None:
    core = monitoring()
    level = ErrorLevel(per_minute=20.0, source="observe at 2026-01-04 10:00 UTC")
    core._incident = core.incident.but(level=level)
    core.wait(minutes=10).check(logged(("ERROR new", 400)))
    assert checked(core).verdict == "ok"
    assert "level 20 a minute (before the incident, by observe" in checked(core).saw


@pytest.mark.requirement("MON-error-rate")
def test_an_error_that_was_there_before_the_incident_does_not_bring_it_back() -> None:
    core = monitoring()
    core._incident = core.incident.but(level=ErrorLevel(usual=("ERROR boom",)))
    core.wait(minutes=1).check(logged(("ERROR boom", 1)))
    assert checked(core).verdict == "ok"


@pytest.mark.requirement("MON-schedule", "ORD-no-dead-end")
def test_watching_goes_on_while_the_report_is_written() -> None:
    core = reported().wait(minutes=10).check(logged(("ERROR boom", 1)))
    assert core.incident.phase is Phase.DECIDED
    assert not core.incident.reported


@pytest.mark.requirement("MON-closed-early")
def test_closing_early_says_what_was_not_watched() -> None:
    core = reported().wait(minutes=10).check()
    core.do(c.Close(), PERSON)
    event = last(core, "incident_closed")
    assert isinstance(event, e.IncidentClosed)
    assert {gap.watch.value: gap.count for gap in event.unwatched} == {
        "logs": 20,
        "health": 5,
        "errors": 23,
        "recurrence": 48,
    }
    assert "not watched: 20 logs checks until" in timeline(core.records)[-1].text


@pytest.mark.requirement("MON-closed-early")
def test_closing_after_the_whole_watch_leaves_nothing_unwatched() -> None:
    core = reported().wait(hours=25).check()
    assert unwatched(core.incident, core.policy) == ()
    core.do(c.Close(), PERSON)
    assert timeline(core.records)[-1].text == "Incident closed"


def test_the_timeline_tells_a_check_only_where_it_is_news() -> None:
    core = monitoring()
    for _ in range(30):
        core.wait(minutes=1).check()
    told = [entry.text for entry in timeline(core.records) if entry.kind == "monitoring_checked"]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("minutes", "says"),
    [(0.5, "no check yet; next 12:01:00 UTC"), (1.5, "next now"), (5, "overdue since 12:01:00: does")],
)
def test_every_answer_tells_how_monitoring_goes(minutes: float, says: str) -> None:
    core = monitoring()
    told = status_of(core.wait(minutes=minutes).incident, core.policy, core.now).monitoring
    assert says in told
    assert told.startswith("0 ok, 0 inconclusive, 0 missed")


@pytest.mark.requirement("REPL-recorded")
@pytest.mark.parametrize("look", [WELL, seen(GOOD), blind(), logged(("ERROR boom", 3), ("ERROR x", 2), ("ERROR y", 1))])
def test_what_is_kept_of_a_look_is_judged_as_the_whole_look_is(look: tuple[Finding, ...]) -> None:
    core = monitoring().wait(minutes=30)
    whole = sight_of(look, SHOP)
    short = kept(core.incident, whole)
    assert kept(core.incident, short) == short
    assert Sight.model_validate_json(short.model_dump_json()) == short
    for again in (None, whole):
        for watches in ({Watch.LOGS}, {Watch.HEALTH, Watch.ERRORS}, set(Watch)):
            of_short = kept(core.incident, again) if again else None
            assert judge(core.incident, watches, short, of_short, timedelta(minutes=1)) == judge(
                core.incident, watches, whole, again, timedelta(minutes=1)
            )


@pytest.mark.requirement("REPL-recorded")
def test_a_check_that_found_nothing_stays_small_in_the_log() -> None:
    core = monitoring().wait(minutes=10).check(logged(*((f"ERROR {n} of another kind", 1) for n in range(20))))
    assert checked(core).first is not None
    assert len(core.records[-1].model_dump_json()) < 1_200


def test_a_look_says_something_of_each_watch_whose_probes_it_had() -> None:
    assert covered({Watch.LOGS}, SHOP) == {Watch.LOGS, Watch.ERRORS}
    assert covered({Watch.HEALTH}, SHOP) == {Watch.HEALTH}
    assert covered({Watch.RECURRENCE}, SHOP) == set(Watch)
    assert covered(set(), SHOP) == set()
