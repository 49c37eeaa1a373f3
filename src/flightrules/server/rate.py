"""Limit on how often each caller may call: a bucket each, which fills evenly and holds a minute's worth.

Knows: arithmetic. Must not know: who a caller is, nor what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MANY = 1000
"""Buckets above which full ones are thrown away: a full one says no more than none."""


@dataclass(slots=True)
class Bucket:
    """Calls that one caller has left."""

    left: float
    at: datetime
    refused: int = 0
    """Calls refused in a row."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A call too many."""

    seconds: float
    first: bool
    """True if it is the first in a row."""


class RateLimit:
    """So many calls a minute for each caller."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._buckets: dict[str, Bucket] = {}

    def take(self, caller: str, now: datetime) -> Wait | None:
        """Count one call; None where it may be made, else how long to wait."""
        bucket = self._bucket(caller, now)
        if bucket.left >= 1:
            bucket.left -= 1
            bucket.refused = 0
            return None
        bucket.refused += 1
        return Wait((1 - bucket.left) * 60 / self.per_minute, first=bucket.refused == 1)

    def _bucket(self, caller: str, now: datetime) -> Bucket:
        if caller not in self._buckets:
            if len(self._buckets) >= MANY:
                self._forget_full(now)
            self._buckets[caller] = Bucket(self.per_minute, now)
        bucket = self._buckets[caller]
        bucket.left, bucket.at = self._left(bucket, now), max(bucket.at, now)
        return bucket

    def _left(self, bucket: Bucket, now: datetime) -> float:
        # A clock that was set back gives nothing and takes nothing.
        passed = max(0.0, (now - bucket.at).total_seconds())
        return min(self.per_minute, bucket.left + passed * self.per_minute / 60)

    def _forget_full(self, now: datetime) -> None:
        full = [name for name, bucket in self._buckets.items() if self._left(bucket, now) >= self.per_minute]
        for name in full:
            del self._buckets[name]
