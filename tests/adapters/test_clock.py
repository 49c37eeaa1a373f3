from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from flightrules.adapters.clock import SystemClock


def test_now_is_aware_and_in_utc() -> None:
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.utcoffset() == timedelta(0)


def test_now_keeps_microseconds() -> None:
    assert any(SystemClock().now().microsecond % 1000 for _ in range(1000))


@pytest.mark.anyio
async def test_sleep_returns_after_the_time() -> None:
    start = monotonic()
    await SystemClock().sleep(0.01)
    assert monotonic() - start >= 0.01
