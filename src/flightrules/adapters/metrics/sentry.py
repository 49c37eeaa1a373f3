"""Sentry as a source of evidence: users that met an error in a window.

Knows: Sentry's API of events. Must not know: bounds.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from flightrules.adapters.metrics.asking import NotMeasured
from flightrules.adapters.metrics.measuring import MeasuredEvidence
from flightrules.ports import Clock
from flightrules.state.metrics.measured import Window
from flightrules.state.metrics.queries import SentryQuery, SentrySource

USERS = "count_unique(user)"


class SentryEvidence(MeasuredEvidence[SentryQuery]):
    """Measures the queries of one project of Sentry."""

    def __init__(self, source: SentrySource, clock: Clock) -> None:
        super().__init__(source, source.queries, clock)
        self._source = source

    def asked(self, query: SentryQuery) -> str:
        """Return the search with what it counts."""
        return f"{USERS} of {query.query}"

    async def measure(self, query: SentryQuery, window: Window, limit_s: float) -> tuple[float, float | None]:
        """Return the number of users. Raises `NotMeasured`."""
        path = f"/api/0/organizations/{self._source.organization}/events/"
        params = {
            "dataset": "errors",
            "field": USERS,
            "project": str(self._source.project),
            "query": query.query,
            "start": _moment(window.since),
            "end": _moment(window.until),
        }
        answer = await self.api.get(path, params, limit_s=limit_s)
        rows = answer.get("data")
        if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
            raise NotMeasured("Sentry's answer has not exactly one row")
        users = rows[0].get(USERS)
        if isinstance(users, bool) or not isinstance(users, int | float) or not math.isfinite(users):
            raise NotMeasured(f"Sentry's answer has no {USERS}")
        return float(users), None


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
