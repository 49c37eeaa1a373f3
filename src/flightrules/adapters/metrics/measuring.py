"""A server of metrics as a source of evidence: which windows are measured, and what becomes of a failure.

Knows: moments, windows, findings. Must not know: how one kind of server is asked (prometheus.py, loki.py, sentry.py).
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from flightrules.adapters.metrics.asking import MetricsApi, NotMeasured
from flightrules.ports import Clock, Wanted
from flightrules.state.evidence import Finding
from flightrules.state.metrics.measured import (
    MeasuredQuery,
    Measurement,
    Moments,
    Series,
    Window,
    before_of,
    during_of,
    now_of,
    unit_of,
)
from flightrules.state.metrics.queries import Bounds, MetricsSource, bounds_of

PREFIX = "metric:"
"""A probe that measures one query: `metric:NAME`."""

Q = TypeVar("Q", bound=Bounds)


class MeasuredEvidence(ABC, Generic[Q]):
    """Measures the queries of one server, all at once."""

    free = ""
    """Prefix of questions that this kind of server answers for looking; empty if it answers none."""

    def __init__(self, source: MetricsSource, queries: Sequence[Q], clock: Clock) -> None:
        self.api = MetricsApi(source, clock)
        self._clock = clock
        self._queries = {f"{PREFIX}{query.name}": query for query in queries}
        self._window = timedelta(seconds=source.window_seconds)
        self._interval = timedelta(seconds=source.interval_seconds)
        self._settle = timedelta(seconds=source.settle_seconds)

    def makes(self, probe: str) -> bool:
        """Return True if this source makes a probe."""
        return probe in self._queries or bool(self.free and probe.startswith(self.free))

    async def collect(self, wanted: Wanted) -> tuple[Finding, ...]:
        """Measure what is wanted; a query that gives no number says why in its measurement."""
        names = [name for name in self._queries if not wanted.probes or name in wanted.probes]
        asked = [one for one in (*wanted.probes, *wanted.questions) if self.free and one.startswith(self.free)]
        measured = (self._finding(name, wanted) for name in names)
        return tuple(await asyncio.gather(*measured, *(self._looked(one, wanted.limit_s) for one in asked)))

    async def close(self) -> None:
        """Let go of connections."""
        await self.api.close()

    @abstractmethod
    def asked(self, query: Q) -> str:
        """Return the query in its own language, for people."""

    @abstractmethod
    async def measure(self, query: Q, window: Window, limit_s: float) -> tuple[float, float | None]:
        """Return the number, and the requests that it is about. Raises `NotMeasured`."""

    async def look(self, question: str, limit_s: float) -> Series:
        """Answer a free question. Raises `NotMeasured`."""
        raise NotMeasured(f"this source does not answer {question!r} within {limit_s:g} s")

    async def _looked(self, probe: str, limit_s: float) -> Finding:
        began = time.perf_counter()
        try:
            return Finding(probe=probe, data=await self.look(probe.removeprefix(self.free), limit_s))
        except NotMeasured as no:
            return Finding(probe=probe, why=str(no), took_ms=_since(began))

    async def _finding(self, probe: str, wanted: Wanted) -> Finding:
        began, query = time.perf_counter(), self._queries[probe]
        now, moments = self._clock.now(), wanted.moments
        windows = now_of(moments, self._window, self._interval, now)
        before, during, *newest = await asyncio.gather(
            self._maybe(query, before_of(moments, self._window), wanted.limit_s),
            self._maybe(query, during_of(moments, self._window, now), wanted.limit_s),
            *(self._now(query, window, moments, wanted.limit_s) for window in windows),
        )
        data = MeasuredQuery(
            bounds=bounds_of(query),
            unit=unit_of(query),
            asked=self.asked(query),
            before=before,
            during=during,
            now=tuple(one for one in newest if one is not None),
        )
        return Finding(probe=probe, data=data, took_ms=_since(began))

    async def _maybe(self, query: Q, window: Window | None, limit_s: float) -> Measurement | None:
        return await self._measurement(query, window, limit_s) if window is not None else None

    async def _now(self, query: Q, window: Window, moments: Moments, limit_s: float) -> Measurement:
        early = window.clear_of(moments.after, self._settle)
        if early:
            return Measurement(since=window.since, until=window.until, why=early)
        return await self._measurement(query, window, limit_s)

    async def _measurement(self, query: Q, window: Window, limit_s: float) -> Measurement:
        at = {"since": window.since, "until": window.until}
        try:
            async with asyncio.timeout(limit_s):
                value, requests = await self.measure(query, window, limit_s)
        except NotMeasured as no:
            return Measurement(**at, why=str(no))
        except TimeoutError:
            return Measurement(**at, why=f"no answer within {limit_s:g} s")
        if requests is not None and requests < query.least_requests:
            few = f"too little traffic: {requests:.0f} in {self._window.total_seconds():.0f} s"
            return Measurement(**at, why=f"{few}, and {query.least_requests} are wanted", requests=requests)
        return Measurement(**at, value=value, requests=requests)


def seconds(moment: datetime) -> str:
    """A moment as these servers take it."""
    return f"{moment.timestamp():.3f}"


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
