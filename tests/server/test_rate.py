"""Limit on how often a caller may call."""

from __future__ import annotations

from datetime import timedelta

from flightrules.server.rate import MANY, RateLimit
from flightrules.testing.clock import START


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_a_minutes_worth_at_once_and_then_evenly() -> None:
    limit = RateLimit(60)
    assert all(limit.take("a", START) is None for _ in range(60))
    wait = limit.take("a", START)
    assert wait is not None
    assert wait.seconds == 1
    assert limit.take("a", START + later(1)) is None
    assert limit.take("a", START + later(1)) is not None


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    limit = RateLimit(1)
    assert limit.take("a", START) is None
    assert limit.take("a", START - later(3600)) is not None
    assert limit.take("a", START + later(59)) is not None
    assert limit.take("a", START + later(60)) is None


def test_nobody_saves_up_more_than_a_minutes_worth() -> None:
    limit = RateLimit(2)
    assert limit.take("a", START) is None
    day = START + later(86400)
    assert [limit.take("a", day) is None for _ in range(3)] == [True, True, False]


def test_only_the_first_refusal_in_a_row_is_the_first() -> None:
    limit = RateLimit(1)
    limit.take("a", START)
    waits = [limit.take("a", START) for _ in range(3)]
    assert [wait.first for wait in waits if wait] == [True, False, False]


def test_callers_who_have_all_left_are_forgotten_and_others_are_not() -> None:
    limit = RateLimit(1)
    for number in range(MANY):
        limit.take(f"caller {number}", START)
    limit.take("spent", START + later(61))
    limit.take("new", START + later(61))
    assert len(limit._buckets) <= 3
    assert limit.take("spent", START + later(61)) is not None
