"""Metrics in an incident: seen by assess and classify, judged by verify and by the watch; missing never passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flightrules.ports import EvidenceSource
from flightrules.service import answers as a
from flightrules.service import observing
from flightrules.service.checkup.trying import Machine, target_rows
from flightrules.state import events as e
from flightrules.state.metrics.measured import MeasuredQuery
from flightrules.state.verification import Item
from flightrules.state.vocabulary import Phase, Severity, Verdict
from flightrules.testing.metrics import ScriptedMetrics
from tests.service.house import RELEASES, House, build
from tests.service.pilot import assess, call, classify, fly, opened, verify
from tests.service.test_watching import kinds, round_after

pytestmark = pytest.mark.anyio

SHARE = {"of": "http_requests_total", "bad": 'code=~"5.."'}
ERRORS = {"name": "failing", "item": "errors", "most": 0.02, "share": SHARE}
TRAFFIC = {"name": "orders", "item": "traffic", "least": 1.0, "query": "sum(rate(orders_total[$window]))"}
SOURCE = {"kind": "prometheus", "url": "http://p", "up": "up", "queries": [ERRORS, TRAFFIC]}
CLEAR_S = 120.0
"""So long after a rollback three windows lie wholly behind it."""


def measured(**query: object) -> tuple[House, ScriptedMetrics]:
    """A house whose shop is measured, and the source: all well, before and now."""
    source = {**SOURCE, "queries": [{**ERRORS, **query}, TRAFFIC]}
    house = build(metrics=[source])
    managed = house.incidents.managed("shop")
    metrics = ScriptedMetrics(managed.target.metrics[0], house.clock)
    metrics.numbers = {"failing": 0.0, "orders": 9.0}
    metrics.before = {"failing": 0.001, "orders": 10.0}
    with_sources(house, metrics)
    return house, metrics


def with_sources(house: House, *sources: EvidenceSource) -> None:
    managed = house.incidents.managed("shop")
    house.incidents.managed_targets = {"shop": replace(managed, sources=sources)}


async def events(house: House, incident: str, kind: type[e.Event]) -> list[Any]:
    records = await house.incidents.records(incident)
    return [e.event_of(record.kind, record.data) for record in records if record.kind == kind.kind]


async def verifying(house: House, metrics: ScriptedMetrics) -> str:
    """An incident that was rolled back, with its windows behind it; half of all requests failed in it."""
    metrics.numbers |= {"failing": 0.5, "orders": 4.0}
    incident = await opened(house)
    await fly(house, incident, until=Phase.VERIFYING)
    metrics.numbers |= {"failing": 0.0, "orders": 9.0}
    house.clock.advance(CLEAR_S)
    return incident


async def monitored(house: House, metrics: ScriptedMetrics) -> str:
    incident = await verifying(house, metrics)
    assert (await verified(house, incident)).verdict is Verdict.RESTORED
    return incident


async def verified(house: House, incident: str) -> a.Verified:
    answer = await verify(house, incident)
    assert isinstance(answer.result, a.Verified)
    return answer.result


def item(result: a.Verified, name: str) -> Item:
    return next(one for one in result.checklist if name in one.item)


async def test_assess_keeps_before_during_and_now_with_their_windows() -> None:
    house, metrics = measured()
    metrics.numbers["failing"] = 0.5
    incident = await opened(house)
    house.clock.advance(600)
    await assess(house, incident)
    found = [event.finding.data for event in await events(house, incident, e.EvidenceRecorded)]
    failing = next(data for data in found if isinstance(data, MeasuredQuery) and data.bounds.name == "failing")
    onset = (await house.incidents.incident(incident)).onset_at
    assert failing.before is not None
    assert failing.during is not None
    assert failing.newest is not None
    assert (failing.before.value, failing.during.value, failing.newest.value) == (0.001, 0.5, 0.5)
    assert failing.before.until < onset == failing.during.since < failing.newest.since
    assert failing.newest.until == house.clock.now()


@pytest.mark.parametrize(
    ("numbers", "rule", "severity"),
    [
        ({"failing": 0.95}, "seen-all-fail", Severity.P1),
        ({"failing": 0.1}, "seen-error-share", Severity.P2),
        ({"orders": 0.5}, "seen-traffic", Severity.P2),
        ({"failing": "no traffic: 0 requests in 60 s"}, "no-other-rule", Severity.P4),
    ],
)
async def test_classify_sees_error_share_and_traffic_and_what_is_missing_raises_nothing(
    numbers: dict[str, float | str], rule: str, severity: Severity
) -> None:
    house, metrics = measured()
    house.production.broken.clear()
    metrics.numbers |= numbers
    incident = await opened(house)
    await assess(house, incident)
    (seen,) = await events(house, incident, e.AssessmentRecorded)
    assert (seen.rules[0].rule, seen.rules[0].severity) == (rule, severity)


async def test_what_could_not_be_measured_is_told_with_its_reason() -> None:
    house, metrics = measured()
    metrics.numbers["failing"] = "up is 0: the service cannot be measured"
    answer = await assess(house, await opened(house))
    assert isinstance(answer.result, a.Assessed)
    unread = [(one.probe, one.why) for one in answer.result.unreadable]
    assert ("metric:failing", "up is 0: the service cannot be measured") in unread


async def test_verify_says_restored_once_three_measurements_are_in_bounds() -> None:
    house, metrics = measured()
    incident = await verifying(house, metrics)
    result = await verified(house, incident)
    assert result.verdict is Verdict.RESTORED
    assert item(result, "errors stopped: failing").saw == "0.00%, at most 2.00% is well; it was 0.10% before"
    assert item(result, "users are back: orders").outcome == "pass"
    assert metrics.asked[-1].moments.times == 3


async def test_a_window_that_overlaps_the_rollback_is_too_early_and_not_known() -> None:
    house, metrics = measured()
    incident = await verifying(house, metrics)
    house.clock.advance(-CLEAR_S)
    result = await verified(house, incident)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert item(result, "failing").saw.startswith("too early")


@pytest.mark.parametrize("why", ["empty", "NaN", "stale", "the server of metrics does not answer: refused"])
async def test_a_number_that_is_missing_is_inconclusive(why: str) -> None:
    house, metrics = measured()
    incident = await verifying(house, metrics)
    metrics.numbers["failing"] = why
    result = await verified(house, incident)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert (item(result, "failing").outcome, item(result, "failing").saw) == ("unknown", why)


async def test_a_query_that_no_source_measured_is_inconclusive() -> None:
    house, metrics = measured()
    incident = await verifying(house, metrics)
    with_sources(house)
    result = await verified(house, incident)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert item(result, "failing").saw == "it was not measured often enough"


@pytest.mark.parametrize("numbers", [{"failing": 0.1}, {"orders": 4.0}])
async def test_a_number_out_of_bounds_is_not_restored(numbers: dict[str, float]) -> None:
    house, metrics = measured()
    incident = await verifying(house, metrics)
    metrics.numbers |= numbers
    assert (await verified(house, incident)).verdict is Verdict.NOT_RESTORED


@pytest.mark.parametrize("seen", [0.9, "empty"])
async def test_a_metric_that_is_tried_out_is_shown_and_decides_nothing(seen: float | str) -> None:
    house, metrics = measured(dry_run=True)
    house.production.broken.clear()
    metrics.numbers["failing"] = seen
    incident = await opened(house)
    await assess(house, incident)
    await classify(house, incident)
    (assessed,) = await events(house, incident, e.AssessmentRecorded)
    assert [hit.rule for hit in assessed.rules] == ["no-other-rule"]
    house.production.broken.add(RELEASES[-1])
    await fly(house, incident, until=Phase.VERIFYING)
    house.clock.advance(CLEAR_S)
    result = await verified(house, incident)
    assert result.verdict is Verdict.RESTORED
    assert item(result, "failing").item == "errors stopped: failing (tried out; decides nothing)"


async def test_the_watch_sees_an_error_share_come_back() -> None:
    house, metrics = measured()
    incident = await monitored(house, metrics)
    await round_after(house, 600)
    metrics.numbers["failing"] = 0.3
    await round_after(house, 600)
    assert "recurrence_detected" in await kinds(house, incident)


async def test_the_watch_does_not_take_a_missing_number_for_a_pass() -> None:
    house, metrics = measured()
    incident = await monitored(house, metrics)
    metrics.numbers["failing"] = "up is absent"
    await round_after(house, 600)
    (checked,) = [one for one in await events(house, incident, e.MonitoringChecked) if one.verdict != "ok"]
    assert checked.verdict == "inconclusive"
    assert [one.saw for one in checked.items] == ["up is absent"]
    assert "recurrence_detected" not in await kinds(house, incident)


async def test_the_watch_takes_a_quiet_night_for_no_recurrence() -> None:
    house, metrics = measured()
    incident = await monitored(house, metrics)
    metrics.numbers["orders"] = 2.0
    await round_after(house, 600)
    assert "recurrence_detected" not in await kinds(house, incident)


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ({}, Verdict.RESTORED),
        ({"failing": 0.3}, Verdict.NOT_RESTORED),
        ({"failing": "empty"}, Verdict.INCONCLUSIVE),
    ],
)
async def test_observe_takes_a_release_for_good_only_within_the_bounds(
    numbers: dict[str, float | str], verdict: Verdict
) -> None:
    house, metrics = measured()
    house.production.broken.clear()
    metrics.numbers |= numbers
    judged, _ = await observing.observe(house.incidents, "shop", call("observe"))
    assert judged.verdict is verdict


async def test_an_incident_on_a_target_without_metrics_asks_no_source() -> None:
    house = build()
    incident = await opened(house)
    await assess(house, incident)
    (seen,) = await events(house, incident, e.AssessmentRecorded)
    assert seen.facts.metrics == ()
    assert "metrics" not in seen.facts.model_dump(mode="json")


async def removed(_path: str) -> None:
    """Nothing is left behind in memory."""


async def test_doctor_shows_each_query_and_warns_of_one_that_gives_no_number() -> None:
    house, metrics = measured()
    metrics.numbers["failing"] = "empty: the label code has no data"
    machine = Machine(remove=removed, writable=lambda _path: False)
    rows = {row.part: row for row in await target_rows(house.incidents, "shop", machine)}
    assert (rows["metric orders"].state, rows["metric orders"].saw) == ("ok", "9 of 1000")
    assert rows["metric failing"].state == "warn"
    assert rows["metric failing"].saw == "not known: empty: the label code has no data"


async def test_the_report_draws_before_during_and_after_and_names_a_gap() -> None:
    house, metrics = measured()
    del metrics.before["orders"]
    incident = await monitored(house, metrics)
    await fly(house, incident, until=Phase.DOCUMENTED)
    (text,) = (text for path, text in house.documents.written.items() if path.endswith(".md"))
    (failing,) = (line for line in text.splitlines() if line.startswith("| failing "))
    assert "errors | 0.10% of 1000 (" in failing
    assert "| 50.00% of 1000 (" in failing
    assert "| 0.00% of 1000 (" in failing
    (orders,) = (line for line in text.splitlines() if line.startswith("| orders "))
    assert "| not known: nothing was measured (" in orders
