from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.findings import Records, by_our_clock, skew
from flightrules.state.evidence import Deploy, Deploys, Finding

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def printed(clock: str, status: int = 0) -> Records:
    return Records({"clock": Frame("clock", status, 1, clock.encode(), b"")}, "")


@pytest.mark.parametrize("hours", [1, -1])
def test_a_host_that_lives_in_another_time_is_found_out_and_its_deployments_are_told_by_ours(hours: int) -> None:
    theirs = NOW + timedelta(hours=hours)
    ahead = skew(printed(f"{int(theirs.timestamp() * 1000)}\n"), NOW)
    assert ahead == timedelta(hours=hours)
    deploys = Deploys(head="a" * 40, deploys=(Deploy(sha="a" * 40, at=theirs, how="checkout"),))
    found = by_our_clock(Finding(probe="deploys", data=deploys), ahead).data
    assert isinstance(found, Deploys)
    assert found.deploys[0].at == NOW


@pytest.mark.parametrize("records", [printed("1000 years"), printed("1", status=1), Records({}, "not printed")])
def test_a_clock_that_cannot_be_read_moves_nothing(records: Records) -> None:
    assert skew(records, NOW) == timedelta(0)


def test_the_time_that_a_question_takes_is_not_taken_for_another_clock() -> None:
    late = NOW + timedelta(seconds=14)
    assert skew(printed(str(int(late.timestamp() * 1000))), NOW) == timedelta(0)
