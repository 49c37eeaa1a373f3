"""Contract of a Prometheus-compatible API: what each state of a service comes to. The real one and the fake keep it.

The states are those that were measured on Prometheus 2.42: in no state does a missing number pass.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.metrics.prometheus import PrometheusEvidence
from flightrules.ports import Wanted
from flightrules.state.metrics.judging import JudgedQuery, judged
from flightrules.state.metrics.measured import TIMES, MeasuredQuery, Moments
from flightrules.state.metrics.queries import PrometheusSource

WINDOW_S = 10
SCRAPE_S = 1
LONGEST_S = 90.0
"""Seconds in which every state is reached."""


@dataclass(frozen=True)
class Row:
    """One state of a service, and what a query of it comes to."""

    job: str
    query: str
    outcome: str
    says: str = ""


def share(job: str) -> dict[str, Any]:
    """The share of requests that fail."""
    share = {"of": f'http_requests_total{{job="{job}"}}', "bad": 'code=~"5.."'}
    return {"name": "share", "item": "errors", "most": 0.05, "share": share}


def p95(job: str) -> dict[str, Any]:
    """The 95th percentile of the time that answers take."""
    quantile = {"of": f'http_seconds_bucket{{job="{job}"}}', "q": 0.95}
    return {"name": "p95", "item": "latency", "most": 0.5, "quantile": quantile}


def own(job: str, name: str, query: str) -> dict[str, Any]:
    """A query of one's own."""
    requests = f'http_requests_total{{job="{job}"}}'
    return {"name": name, "item": "errors", "most": 0.05, "query": query, "requests": requests}


def queries(job: str) -> list[dict[str, Any]]:
    """Every query of the contract about a service."""
    every = f'sum(rate(http_requests_total{{job="{job}"}}[$window]))'
    none = 'sum(rate(http_requests_total{job="no-traffic"}[$window]))'
    return [
        share(job),
        {**share(job), "name": "mistyped", "share": {**share(job)["share"], "bad": 'status=~"5.."'}},
        p95(job),
        own(job, "several", f'rate(http_requests_total{{job="{job}"}}[$window])'),
        own(job, "infinite", f"{every} / {none}"),
        own(job, "nan", f"({every} - {every}) / {none}"),
        own(job, "scalar", f"scalar({every})"),
        own(job, "unreadable", f"sum({every}"),
    ]


TABLE = (
    Row("healthy", "share", "pass", "0.00%"),
    Row("erring", "share", "fail", "33."),
    Row("errors-over", "share", "pass", "0.00%"),
    Row("no-traffic", "share", "unknown", "no traffic: 0 requests"),
    Row("little-traffic", "share", "unknown", "too little traffic"),
    Row("scrape-fails", "share", "unknown", "is 0"),
    Row("renamed", "share", "unknown", "empty"),
    Row("never", "share", "unknown", "is absent"),
    Row("healthy", "mistyped", "unknown", "the label status has no data"),
    Row("healthy", "p95", "pass", "0.0475 s"),
    Row("slow", "p95", "unknown", "at least 2.5 s"),
    Row("no-traffic", "p95", "unknown", "no traffic: 0 requests"),
    Row("healthy", "several", "unknown", "2 series"),
    Row("healthy", "infinite", "unknown", "infinite"),
    Row("healthy", "nan", "unknown", "NaN"),
    Row("healthy", "scalar", "unknown", "a scalar"),
    Row("healthy", "unreadable", "unknown", "status 400"),
)
"""The states of a service, each with what it comes to."""


@asynccontextmanager
async def measuring(url: str, job: str) -> AsyncIterator[PrometheusEvidence]:
    """The metrics of one service."""
    source = PrometheusSource.model_validate(
        {
            "kind": "prometheus",
            "url": url,
            "up": f'up{{job="{job}"}}',
            "scrape_seconds": SCRAPE_S,
            "window_seconds": WINDOW_S,
            "interval_seconds": 1,
            "queries": queries(job),
        }
    )
    evidence = PrometheusEvidence(source, SystemClock())
    try:
        yield evidence
    finally:
        await evidence.close()


async def judge(evidence: PrometheusEvidence, query: str) -> JudgedQuery:
    """Judge a query now, as `verify` does."""
    wanted = Wanted(probes=(f"metric:{query}",), moments=Moments(times=TIMES))
    (finding,) = await evidence.collect(wanted)
    assert finding.probe == f"metric:{query}"
    assert isinstance(finding.data, MeasuredQuery)
    return judged((finding.data,), ())[0]


async def comes_to(url: str, row: Row) -> JudgedQuery:
    """Return the judgement of a state once it is reached; the last one if it never is."""
    began = time.monotonic()
    async with measuring(url, row.job) as evidence:
        while True:
            found = await judge(evidence, row.query)
            if (found.outcome == row.outcome and row.says in found.saw) or time.monotonic() - began > LONGEST_S:
                return found
            await asyncio.sleep(0.2)


async def keeps_the_table(url: str) -> None:
    """Every row of the table comes true, and no state that is not healthy passes afterwards."""
    for row in TABLE:
        found = await comes_to(url, row)
        assert (row.job, row.query, found.outcome) == (row.job, row.query, row.outcome), found.saw
        assert row.says in found.saw, row
    for row in TABLE:
        if row.outcome != "pass":
            async with measuring(url, row.job) as evidence:
                assert (await judge(evidence, row.query)).outcome != "pass", row


async def answers_free_questions(url: str) -> None:
    """A free question gets at most 20 series, and one that is no PromQL a reason."""
    async with measuring(url, "healthy") as evidence:
        (seen,) = await evidence.collect(Wanted(probes=('promql:http_requests_total{job="healthy"}',)))
        assert seen.data is not None
        assert seen.data.kind == "series"
        assert 'code="200"' not in seen.data.words
        assert "code=200" in seen.data.words
        (many,) = await evidence.collect(Wanted(probes=("promql:many_series",)))
        assert many.data is not None
        assert many.data.kind == "series"
        assert (len(many.data.samples), many.data.more) == (20, 5)
        (wrong,) = await evidence.collect(Wanted(probes=("promql:sum(",)))
        assert "status 400" in wrong.why
