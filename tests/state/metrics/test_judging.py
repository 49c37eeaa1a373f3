"""Judgement of metrics: three pass, two fail, all else is not known; before loosens only what was well before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.state.metrics.judging import JudgedQuery, judged, merged, out_of_bounds
from flightrules.state.metrics.measured import MeasuredQuery, Measurement
from flightrules.state.metrics.queries import Bounds
from flightrules.testing.clock import START


def at(value: float | None, *, requests: float | None = None, why: str = "") -> Measurement:
    return Measurement(since=START, until=START + timedelta(minutes=1), value=value, requests=requests, why=why)


def measured(
    *values: float | None, before: float | None = None, during: float | None = None, **bounds: object
) -> MeasuredQuery:
    shape = {"name": "q", "item": "errors", "most": 0.02, **bounds}
    return MeasuredQuery(
        bounds=Bounds.model_validate({name: value for name, value in shape.items() if value is not None}),
        unit="share",
        before=None if before is None else at(before),
        during=None if during is None else at(during),
        now=tuple(at(value, requests=100, why="" if value is not None else "empty") for value in values),
    )


def one(metric: MeasuredQuery, *before: MeasuredQuery, **how: bool) -> JudgedQuery:
    (found,) = judged((metric,), before, **how)
    return found


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ((0.0, 0.01, 0.02), "pass"),
        ((0.03, 0.03, 0.03), "fail"),
        ((0.03, 0.0, 0.03), "fail"),
        ((0.0, 0.0, 0.03), "unknown"),
        ((0.0, None, 0.0), "unknown"),
        ((None, None, None), "unknown"),
        ((0.0, 0.0), "unknown"),
        ((), "unknown"),
    ],
)
def test_three_pass_two_fail_and_all_else_is_not_known(values: tuple[float | None, ...], outcome: str) -> None:
    assert one(measured(*values)).outcome == outcome


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=5), st.one_of(st.none(), st.floats(0, 1)))
def test_nothing_passes_unless_each_of_three_numbers_is_known(values: list[float | None], before: float | None) -> None:
    found = one(measured(*values, before=before))
    if found.outcome == "pass":
        assert len(values) >= 3
        assert None not in values


@pytest.mark.parametrize(
    ("before", "value", "outcome"),
    [
        (0.0, 0.02, "pass"),
        (0.018, 0.026, "pass"),
        (0.018, 0.028, "fail"),
        (0.4, 0.4, "fail"),
        (0.4, 0.021, "fail"),
        (None, 0.021, "fail"),
    ],
)
def test_before_loosens_a_bound_only_while_it_was_well_itself(before: float | None, value: float, outcome: str) -> None:
    assert one(measured(value, value, value, before=before)).outcome == outcome


def test_the_assessment_measured_before_first() -> None:
    now = measured(0.026, 0.026, 0.026, before=0.0)
    assert one(now, measured(0.5, before=0.018)).outcome == "pass"
    assert one(now).outcome == "fail"


@pytest.mark.parametrize(
    ("before", "value", "outcome"),
    [(100.0, 50.0, "pass"), (100.0, 49.0, "fail"), (None, 1.0, "pass"), (None, 0.9, "fail"), (0.0, 0.5, "fail")],
)
def test_traffic_comes_back_to_half_of_what_it_was_and_never_below_its_bound(
    before: float | None, value: float, outcome: str
) -> None:
    traffic = measured(value, value, value, before=before, item="traffic", most=None, least=1.0)
    assert one(traffic).outcome == outcome


def test_the_watch_holds_traffic_against_its_own_bound_alone() -> None:
    night = measured(10.0, 10.0, 10.0, before=100.0, item="traffic", most=None, least=1.0)
    assert one(night).outcome == "fail"
    assert one(night, strictly=False).outcome == "pass"


def reports(*values: float, most: float | None = None) -> MeasuredQuery:
    metric = measured(*values, name="reports", item="reports", most=most)
    return metric.model_copy(update={"now": tuple(at(value) for value in values)})


@pytest.mark.parametrize(
    ("peak", "value", "shares", "outcome", "says"),
    [
        (40.0, 3.0, 1, "pass", "40 during the incident"),
        (40.0, 40.0, 1, "fail", ""),
        (40.0, 0.0, 0, "unknown", "no source shows that users are there"),
        (0.0, 0.0, 1, "unknown", "it counted nothing during the incident"),
    ],
)
def test_reports_decrease_only_while_users_are_there(
    peak: float, value: float, shares: int, outcome: str, says: str
) -> None:
    now = [reports(value, value, value), *[measured(0.0, 0.0, 0.0)] * shares]
    found = judged(now, (reports(peak),))[0]
    assert found.outcome == outcome
    assert says in found.saw


def test_a_metric_that_is_tried_out_counts_for_nothing() -> None:
    tried = measured(0.9, 0.9, 0.9, dry_run=True)
    assert (one(tried).outcome, one(tried).counts) == ("fail", False)
    assert out_of_bounds((tried,)) == ()
    assert out_of_bounds((measured(0.9),)) == (measured(0.9),)


def test_assessments_keep_the_first_before_and_the_worst_of_the_incident() -> None:
    older, newer = measured(0.4, before=0.01, during=0.2), measured(0.1, before=0.3, during=0.1)
    (found,) = merged((older,), (newer,))
    assert (found.before, found.during, found.now) == (older.before, older.now[0], newer.now)
    assert merged((older,), ()) == (older,)
    assert merged((), (newer,)) == (newer,)
