"""Loki and Sentry as sources of metrics, by their documented answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.metrics.loki import LokiEvidence
from flightrules.adapters.metrics.sentry import SentryEvidence
from flightrules.ports import Wanted
from flightrules.state.metrics.measured import MeasuredQuery, Measurement
from flightrules.state.metrics.queries import LokiSource, SentrySource
from tests.adapters.fake_prometheus import Answering, listening

pytestmark = pytest.mark.anyio


def loki(url: str) -> LokiEvidence:
    query = {"name": "lines", "item": "errors", "most": 0.05, "lines": {"of": '{app="shop"}', "bad": '|= "ERROR"'}}
    return LokiEvidence(LokiSource.model_validate({"kind": "loki", "url": url, "queries": [query]}), SystemClock())


def sentry(url: str) -> SentryEvidence:
    given = {"kind": "sentry", "url": url, "organization": "acme", "project": 7}
    query = {"name": "users", "item": "reports", "query": "event.type:error"}
    return SentryEvidence(SentrySource.model_validate({**given, "queries": [query]}), SystemClock())


def vector(value: str | None) -> dict[str, Any]:
    result = [] if value is None else [{"metric": {}, "value": [1700000000, value]}]
    return {"status": "success", "data": {"resultType": "vector", "result": result, "stats": {}}}


def lines(every: str | None, bad: str | None) -> Answering:
    """A Loki that counted so many lines."""

    def answer(path: str, given: dict[str, str], _headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        assert path == "/loki/api/v1/query"
        assert given["query"].endswith("[60s]))")
        return 200, json.dumps(vector(bad if "ERROR" in given["query"] else every)).encode(), {}

    return answer


def users(rows: object) -> Answering:
    """A Sentry that answers with these rows."""

    def answer(path: str, given: dict[str, str], _headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        assert path == "/api/0/organizations/acme/events/"
        assert (given["field"], given["project"], given["dataset"]) == ("count_unique(user)", "7", "errors")
        assert given["start"] < given["end"]
        return 200, json.dumps({"data": rows, "meta": {}}).encode(), {}

    return answer


async def seen(source: LokiEvidence | SentryEvidence) -> Measurement:
    (finding,) = await source.collect(Wanted())
    await source.close()
    assert isinstance(finding.data, MeasuredQuery)
    assert finding.data.newest is not None
    return finding.data.newest


@pytest.mark.parametrize(
    ("every", "bad", "value", "why"),
    [
        ("200", "20", 0.1, ""),
        ("200", None, 0.0, ""),
        (None, None, None, 'no lines: {app="shop"} wrote nothing in 60 s'),
        ("0", None, None, "no lines"),
        ("20", "20", None, "too little traffic: 20 in 60 s"),
    ],
)
async def test_loki_gives_the_share_of_lines_and_says_nothing_of_a_silent_stream(
    every: str | None, bad: str | None, value: float | None, why: str
) -> None:
    with listening(lines(every, bad)) as url:
        found = await seen(loki(url))
    assert found.value == value
    assert found.why.startswith(why)


@pytest.mark.parametrize(
    ("rows", "value", "why"),
    [
        ([{"count_unique(user)": 12}], 12.0, ""),
        ([{"count_unique(user)": 0}], 0.0, ""),
        ([], None, "not exactly one row"),
        ([{"count_unique(user)": 1}, {"count_unique(user)": 2}], None, "not exactly one row"),
        ([{"count_unique(user)": None}], None, "no count_unique(user)"),
        ([{"count_unique(user)": True}], None, "no count_unique(user)"),
        (None, None, "not exactly one row"),
    ],
)
async def test_sentry_gives_the_users_that_met_an_error(rows: object, value: float | None, why: str) -> None:
    with listening(users(rows)) as url:
        found = await seen(sentry(url))
    assert found.value == value
    assert why in found.why
