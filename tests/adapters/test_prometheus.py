"""Metrics from a Prometheus-compatible API: each way in which an answer is not a number is told, and never passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.metrics.prometheus import PrometheusEvidence
from flightrules.ports import Wanted
from flightrules.state.metrics.measured import MeasuredQuery, Measurement, Moments
from flightrules.state.metrics.queries import PrometheusSource
from flightrules.testing.clock import START, ManualClock
from sandbox.ssh import free_port
from tests.adapters.fake_prometheus import FakePrometheus, Service, listening, serving, table
from tests.adapters.prometheus_contract import (
    answers_free_questions,
    judge,
    keeps_the_table,
    measuring,
    share,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def fake() -> FakePrometheus:
    return FakePrometheus(services=table())


@pytest.fixture
def url(fake: FakePrometheus) -> Iterator[str]:
    with serving(fake) as address:
        yield address


async def test_the_fake_keeps_the_contract_of_the_real_one(url: str) -> None:
    await keeps_the_table(url)
    await answers_free_questions(url)


async def seen(url: str, *, limit_s: float = 5.0, job: str = "healthy") -> Measurement:
    async with measuring(url, job) as evidence:
        (finding,) = await evidence.collect(Wanted(probes=("metric:share",), limit_s=limit_s))
    assert isinstance(finding.data, MeasuredQuery)
    assert finding.data.newest is not None
    return finding.data.newest


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"warnings": ["a store did not answer"]}, "the server warns: a store did not answer"),
        ({"isPartial": True}, "the answer is partial"),
        ({"status": "error", "error": "too many samples"}, "the query failed: too many samples"),
        ({"data": {"resultType": "matrix", "result": []}}, "a matrix"),
        ({"data": None}, "a None"),
        ({"data": {"resultType": "vector", "result": [{"metric": {}, "value": [0]}]}}, "'' is not a number"),
        ({"data": {"resultType": "vector", "result": [{"metric": {}, "value": [0, "-Inf"]}]}}, "infinite"),
        ({"data": {"resultType": "vector", "result": [1]}}, "a vector is expected"),
    ],
)
async def test_an_answer_that_is_not_whole_gives_no_number(
    fake: FakePrometheus, url: str, extra: dict[str, object], says: str
) -> None:
    fake.extra = extra
    found = await seen(url)
    assert found.value is None
    assert says in found.why


async def test_a_server_that_does_not_answer_in_time_gives_no_number(fake: FakePrometheus, url: str) -> None:
    fake.late_s = 30.0
    found = await seen(url, limit_s=0.2)
    assert (found.value, found.why) == (None, "no answer within 0.2 s")


async def test_a_server_that_is_not_there_gives_no_number() -> None:
    found = await seen(f"http://127.0.0.1:{free_port()}")
    assert found.value is None
    assert "does not answer" in found.why


async def test_a_server_whose_clock_is_another_gives_no_number(fake: FakePrometheus, url: str) -> None:
    fake.behind_s = 30.0
    found = await seen(url)
    assert found.value is None
    assert "its clock differs from ours by" in found.why


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, b'{"error": "no token"}', "status 401: no token"),
        (503, b"<html>", "status 503"),
        (302, b"", "status 302"),
        (200, b"[]", "not a JSON object"),
        (200, b"{", "not a JSON object"),
        (200, b'"' + b"a" * 2_000_000 + b'"', "longer than"),
    ],
)
async def test_anything_else_than_an_answer_gives_no_number(status: int, body: bytes, says: str) -> None:
    with listening(lambda *_: (status, body, {})) as url:
        found = await seen(url)
    assert found.value is None
    assert says in found.why


async def test_a_stale_sample_gives_no_number_although_the_service_is_up(fake: FakePrometheus, url: str) -> None:
    fake.services["healthy"] = Service(age=4.0)
    found = await seen(url)
    assert found.value is None
    assert "stale: the newest sample of" in found.why


async def test_traffic_below_its_floor_is_not_known_and_says_how_much_there_is(url: str) -> None:
    found = await seen(url, job="little-traffic")
    assert (found.value, found.requests) == (None, 10)
    assert found.why == "too little traffic: 10 in 10 s, and 50 are wanted"


async def test_headers_are_sent_and_a_secret_is_read_from_its_file(
    fake: FakePrometheus, url: str, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("Bearer abc")
    token.chmod(0o600)
    given = {"url": url, "up": "up", "scrape_seconds": 1, "queries": [share("healthy")]}
    source = PrometheusSource.model_validate(
        {**given, "headers": {"Authorization": f"file:{token}", "X-Scope-OrgID": "shop"}}
    )
    evidence = PrometheusEvidence(source, SystemClock())
    await evidence.collect(Wanted())
    await evidence.close()
    assert fake.headers[0]["Authorization"] == "Bearer abc"
    assert fake.headers[0]["X-Scope-OrgID"] == "shop"
    token.chmod(0o644)
    evidence = PrometheusEvidence(source, SystemClock())
    (finding,) = await evidence.collect(Wanted())
    await evidence.close()
    assert isinstance(finding.data, MeasuredQuery)
    assert "Others can read the secret" in finding.data.why_not


async def test_before_ends_before_onset_and_now_begins_after_the_mitigation() -> None:
    """The times that are asked for are the ends of the windows."""
    asked: list[float] = []

    def answer(_path: str, given: dict[str, str], _headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        asked.append(float(given["time"]))
        return 404, b"{}", {}

    clock = ManualClock()
    with listening(answer) as url:
        given = {"kind": "prometheus", "url": url, "up": "up", "queries": [share("healthy")]}
        evidence = PrometheusEvidence(PrometheusSource.model_validate(given), clock)
        onset = START
        clock.advance(30 * 60)
        ended = clock.now()
        clock.advance(100)  # the window of a minute begins 15 s after the end, but for the two before it
        wanted = Wanted(moments=Moments(onset=onset, after=ended, times=3))
        (finding,) = await evidence.collect(wanted)
        await evidence.close()
    assert isinstance(finding.data, MeasuredQuery)
    before, during, now = finding.data.before, finding.data.during, finding.data.now
    assert before is not None
    assert during is not None
    assert (onset - before.until).total_seconds() == 60
    assert during.since == onset
    assert [one.why.startswith("too early") for one in now] == [True, False, False]
    assert all(one.since >= ended for one in now[1:])
    assert now[0].why == "too early: the window still holds the mitigation; measure again in 5 s"
    ends = {before.until, during.until, now[1].until, now[2].until}
    assert sorted(asked) == sorted(end.timestamp() for end in ends)


async def test_only_named_queries_are_measured_and_other_names_are_none_of_its_concern(url: str) -> None:
    async with measuring(url, "healthy") as evidence:
        assert evidence.makes("metric:share")
        assert evidence.makes("promql:up")
        assert not evidence.makes("metric:nothing")
        assert not evidence.makes("health")
        found = await evidence.collect(Wanted(probes=("health", "metric:share", "metric:p95")))
        assert [finding.probe for finding in found] == ["metric:share", "metric:p95"]
        assert (await judge(evidence, "share")).outcome == "pass"
