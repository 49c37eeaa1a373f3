"""Prometheus, and what speaks its HTTP API, as a source of evidence.

Knows: PromQL of shares and quantiles, and the guards that tell a number from a gap. Must not know: bounds.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from flightrules.adapters.metrics.asking import LIMIT_S, NotMeasured
from flightrules.adapters.metrics.measuring import MeasuredEvidence, seconds
from flightrules.adapters.metrics.vectors import one, samples, vector, warnings
from flightrules.ports import Clock
from flightrules.state.metrics.measured import Series, Window
from flightrules.state.metrics.queries import (
    WINDOW,
    PrometheusQuery,
    PrometheusSource,
    Quantile,
    RequestShare,
    label_of,
    matched,
)
from flightrules.state.untrusted import one_line

PATH = "/api/v1/query"
MOST_SERIES = 20
SCRAPES = 3
"""A newest sample that is older by so many scrapes is stale."""


class PrometheusEvidence(MeasuredEvidence[PrometheusQuery]):
    """Measures the queries of one Prometheus-compatible server."""

    free = "promql:"

    def __init__(self, source: PrometheusSource, clock: Clock) -> None:
        super().__init__(source, source.queries, clock)
        self._source = source
        self._clock = clock

    def asked(self, query: PrometheusQuery) -> str:
        """Return the query in PromQL."""
        if query.share:
            bad, every = _increase(matched(query.share.of, query.share.bad)), _increase(query.share.of)
            return self._windowed(f"{bad} / {every}")
        return self._windowed(_quantile(query.quantile) if query.quantile else query.query or "")

    async def measure(self, query: PrometheusQuery, window: Window, limit_s: float) -> tuple[float, float | None]:
        """Return the number with its requests, if the service was measured at that moment. Raises `NotMeasured`."""
        at = window.until
        own = query.share.of if query.share else query.quantile.of if query.quantile else query.requests
        await self._up(at, limit_s)
        if own is not None:
            await self._fresh(own, at, limit_s)
        if query.share:
            return await self._share(query.share, at, limit_s)
        if query.quantile:
            return await self._in_quantile(query.quantile, at, limit_s)
        requests = await self._all(query.requests, at, limit_s) if query.requests else None
        return await self._needed(query.query or "", "the query", at, limit_s), requests

    async def look(self, question: str, limit_s: float) -> Series:
        """Answer a question of PromQL with at most 20 series."""
        at = self._clock.now()
        answer = await self._get(question, at, limit_s)
        told = warnings(answer)
        series = vector({**answer, "warnings": [], "isPartial": False})
        return Series(
            asked=one_line(question, 1000),
            at=at,
            samples=samples(series[:MOST_SERIES]),
            more=max(0, len(series) - MOST_SERIES),
            warnings=told,
        )

    async def _share(self, share: RequestShare, at: datetime, limit_s: float) -> tuple[float, float]:
        """The division is made here: by nothing, PromQL gives NaN, which any comparison takes for false."""
        requests = await self._all(share.of, at, limit_s)
        label = label_of(share.bad)
        labelled = matched(share.of, label + '!=""')  # a label that is not there would pick nothing, which is no error
        await self._needed(f"count({labelled})", f"the label {label}", at, limit_s)
        bad = await self._ask(_increase(matched(share.of, share.bad)), at, limit_s)
        return (bad or 0.0) / requests, requests

    async def _in_quantile(self, quantile: Quantile, at: datetime, limit_s: float) -> tuple[float, float]:
        requests = await self._all(matched(quantile.of, 'le="+Inf"'), at, limit_s)
        value = await self._needed(_quantile(quantile), "the quantile", at, limit_s)
        last = await self._last_bucket(quantile.of, at, limit_s)
        if value >= last:
            raise NotMeasured(f"at least {last:g} s: it is in the last bucket, so nobody knows how much more")
        return value, requests

    async def _last_bucket(self, of: str, at: datetime, limit_s: float) -> float:
        """The highest bound of the buckets that is finite."""
        series = vector(await self._get(f"count by (le) ({of})", at, limit_s))
        bounds = [float(item.get("metric", {}).get("le", "nan")) for item in series]
        return max((bound for bound in bounds if math.isfinite(bound)), default=math.inf)

    async def _all(self, counter: str, at: datetime, limit_s: float) -> float:
        """Return how many requests a counter counted. Raises `NotMeasured` if there were none."""
        requests = await self._needed(_increase(counter), f"the series {counter}", at, limit_s)
        if requests <= 0:
            raise NotMeasured(f"no traffic: 0 requests in {self._source.window_seconds} s")
        return requests

    async def _up(self, at: datetime, limit_s: float) -> None:
        """Raise `NotMeasured` if the service was not measured at that moment."""
        up = self._source.up
        least = await self._ask(f"min({up})", at, limit_s)
        if least is None:
            raise NotMeasured(f"{up} is absent: the service is not measured")
        if least != 1:
            raise NotMeasured(f"{up} is {least:g}: the service cannot be measured")
        await self._fresh(up, at, limit_s)

    async def _fresh(self, selector: str, at: datetime, limit_s: float) -> None:
        """Raise `NotMeasured` if the newest samples are old, or gone."""
        newest = await self._needed(f"min(timestamp({selector}))", f"the series {selector}", at, limit_s)
        age = at.timestamp() - newest
        if age > SCRAPES * self._source.scrape_seconds:
            raise NotMeasured(f"stale: the newest sample of {selector} is {age:.0f} s old")

    async def _needed(self, query: str, name: str, at: datetime, limit_s: float) -> float:
        found = await self._ask(query, at, limit_s)
        if found is None:
            raise NotMeasured(f"empty: {name} has no data")
        return found

    async def _ask(self, query: str, at: datetime, limit_s: float) -> float | None:
        return one(await self._get(self._windowed(query), at, limit_s))

    async def _get(self, query: str, at: datetime, limit_s: float) -> dict[str, Any]:
        params = {"query": query, "time": seconds(at), "timeout": f"{min(limit_s, LIMIT_S):g}s"}
        return await self.api.get(PATH, params, limit_s=limit_s)

    def _windowed(self, query: str) -> str:
        return query.replace(WINDOW, f"{self._source.window_seconds}s")


def _increase(counter: str) -> str:
    return f"sum(increase({counter}[{WINDOW}]))"


def _quantile(quantile: Quantile) -> str:
    return f"histogram_quantile({quantile.q:g}, sum by (le) (rate({quantile.of}[{WINDOW}])))"
