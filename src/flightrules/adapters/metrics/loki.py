"""Loki as a source of evidence: shares of log lines.

Knows: LogQL of a share. Must not know: bounds.
Loki answers empty for nothing at all as for an unknown label, so a stream that wrote no line tells nothing.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.adapters.metrics.asking import NotMeasured
from flightrules.adapters.metrics.measuring import MeasuredEvidence, seconds
from flightrules.adapters.metrics.vectors import one
from flightrules.ports import Clock
from flightrules.state.metrics.measured import Window
from flightrules.state.metrics.queries import WINDOW, LokiQuery, LokiSource

PATH = "/loki/api/v1/query"


class LokiEvidence(MeasuredEvidence[LokiQuery]):
    """Measures the queries of one Loki server."""

    def __init__(self, source: LokiSource, clock: Clock) -> None:
        super().__init__(source, source.queries, clock)
        self._source = source

    def asked(self, query: LokiQuery) -> str:
        """Return the query in LogQL."""
        lines = query.lines
        return f"{self._counted(f'{lines.of} {lines.bad}')} / {self._counted(lines.of)}"

    async def measure(self, query: LokiQuery, window: Window, limit_s: float) -> tuple[float, float | None]:
        """Return the share of lines, and how many lines there are. Raises `NotMeasured`."""
        lines = query.lines
        every = await self._ask(self._counted(lines.of), window.until, limit_s)
        if not every:
            raise NotMeasured(f"no lines: {lines.of} wrote nothing in {self._source.window_seconds} s")
        bad = await self._ask(self._counted(f"{lines.of} {lines.bad}"), window.until, limit_s)
        return (bad or 0.0) / every, every

    def _counted(self, stream: str) -> str:
        return f"sum(count_over_time({stream} [{WINDOW}]))".replace(WINDOW, f"{self._source.window_seconds}s")

    async def _ask(self, query: str, at: datetime, limit_s: float) -> float | None:
        return one(await self.api.get(PATH, {"query": query, "time": seconds(at)}, limit_s=limit_s))
