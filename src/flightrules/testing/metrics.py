"""A server of metrics made of memory: keeps ports.EvidenceSource without a network.

Knows: the promises. Must not know: the service that uses it.
It passes the same contract tests as the real sources (tests/adapters/evidence_contract.py).
"""

from __future__ import annotations

from datetime import timedelta

from flightrules.ports import Clock, Wanted
from flightrules.state.evidence import Finding
from flightrules.state.metrics.measured import (
    MeasuredQuery,
    Measurement,
    Moments,
    Window,
    before_of,
    during_of,
    now_of,
    unit_of,
)
from flightrules.state.metrics.queries import MetricsSource, bounds_of


class ScriptedMetrics:
    """Measures what a test says; every switch is an attribute that may be set at any time."""

    def __init__(self, source: MetricsSource, clock: Clock) -> None:
        self.source = source
        self.clock = clock
        self.numbers: dict[str, float | str] = {}
        """The number of each query now, or the reason that there is none."""
        self.before: dict[str, float] = {}
        """The number of each query before the incident."""
        self.requests = 1000.0
        self.asked: list[Wanted] = []
        self.closed = False

    def makes(self, probe: str) -> bool:
        """Return True for the queries of the settings."""
        return probe.removeprefix("metric:") in {query.name for query in self.source.queries} and ":" in probe

    async def collect(self, wanted: Wanted) -> tuple[Finding, ...]:
        """The scripted measurements."""
        self.asked.append(wanted)
        names = [query.name for query in self.source.queries]
        chosen = [name for name in names if not wanted.probes or f"metric:{name}" in wanted.probes]
        return tuple(Finding(probe=f"metric:{name}", data=self._measured(name, wanted.moments)) for name in chosen)

    async def close(self) -> None:
        """Nothing is open."""
        self.closed = True

    def _measured(self, name: str, moments: Moments) -> MeasuredQuery:
        query = next(query for query in self.source.queries if query.name == name)
        length = timedelta(seconds=self.source.window_seconds)
        interval, now = timedelta(seconds=self.source.interval_seconds), self.clock.now()
        before, during = before_of(moments, length), during_of(moments, length, now)
        seen, was = self.numbers.get(name, "empty"), self.before.get(name, "nothing was measured")
        return MeasuredQuery(
            bounds=bounds_of(query),
            unit=unit_of(query),
            before=self._one(was, before) if before else None,
            during=self._one(seen, during) if during else None,
            now=tuple(self._now(seen, window, moments) for window in now_of(moments, length, interval, now)),
        )

    def _now(self, seen: float | str, window: Window, moments: Moments) -> Measurement:
        early = window.clear_of(moments.after, timedelta(seconds=self.source.settle_seconds))
        return self._one(early or seen, window)

    def _one(self, seen: float | str, window: Window) -> Measurement:
        at = {"since": window.since, "until": window.until}
        if isinstance(seen, str):
            return Measurement(**at, why=seen)
        return Measurement(**at, value=seen, requests=self.requests)
