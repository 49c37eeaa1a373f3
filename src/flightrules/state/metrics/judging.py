"""Judgement of metrics: each query passes, fails or is not known, and why.

Knows: how measurements are held against bounds and against before. Must not know: how they were measured.
What is missing never passes. What was stated of the onset loosens nothing: a before that was itself out of bounds is
not taken for normal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from flightrules.state.metrics.measured import TIMES, MeasuredQuery, number
from flightrules.state.metrics.queries import Bounds
from flightrules.state.value import Value

ALL_BUT = 0.9
"""Of all requests so many fail: nothing works, as far as users can tell."""

_THAN_BEFORE = {"errors": 1.5, "latency": 1.25, "traffic": 0.5}


class JudgedQuery(Value):
    """Result for one query."""

    name: str
    outcome: Literal["pass", "fail", "unknown"]
    saw: str
    counts: bool = True
    """False for a query that is tried out (`dry_run`)."""


def judged(
    metrics: Sequence[MeasuredQuery], before: Sequence[MeasuredQuery], *, strictly: bool = True
) -> tuple[JudgedQuery, ...]:
    """Judge each metric by its newest measurements; `before` is what the assessments measured.

    Not `strictly`, traffic and reports are held against their own bounds alone: a day has its own rhythm.
    """
    known = {metric.bounds.name: metric for metric in before}
    used = any(_has_traffic(metric) for metric in metrics)
    return tuple(
        _one(metric, known.get(metric.bounds.name), used=used, strictly=strictly)
        for metric in metrics
        if strictly or metric.bounds.item != "reports" or metric.bounds.most is not None
    )


def _one(metric: MeasuredQuery, assessed: MeasuredQuery | None, *, used: bool, strictly: bool) -> JudgedQuery:
    bounds, newest = metric.bounds, metric.newest
    bound, words = _bound(metric, assessed, strictly=strictly)
    why = _missing(metric) or ("" if bound is not None else words)
    if not why and bounds.item == "reports" and not used:
        why = "no source shows that users are there"
    if why or bound is None:
        return JudgedQuery(name=bounds.name, outcome="unknown", saw=why, counts=not bounds.dry_run)
    outcome = _by_vote(metric, _better(bounds, bound))
    saw = f"{number(newest.value if newest else None, metric.unit)}, {words}"
    return JudgedQuery(name=bounds.name, outcome=outcome, saw=saw, counts=not bounds.dry_run)


def _missing(metric: MeasuredQuery) -> str:
    """Return why the newest measurements cannot be judged; empty if they can."""
    if len(metric.now) < TIMES:
        return metric.newest.why if metric.newest and metric.newest.why else "it was not measured often enough"
    return next((one.why or "no number" for one in reversed(metric.now) if one.value is None), "")


def _by_vote(metric: MeasuredQuery, well: Callable[[float], bool]) -> Literal["pass", "fail", "unknown"]:
    """All pass, or two fail; anything between is not known."""
    bad = sum(one.value is not None and not well(one.value) for one in metric.now)
    return "fail" if bad >= 2 else "unknown" if bad else "pass"  # noqa: PLR2004 - one may be a blip


def _before(metric: MeasuredQuery, assessed: MeasuredQuery | None) -> float | None:
    """The number from before the incident, as the assessment measured it, else as it was measured now."""
    for one in (assessed, metric):
        if one is not None and one.before is not None and one.before.value is not None:
            return one.before.value
    return None


def _bound(
    metric: MeasuredQuery, assessed: MeasuredQuery | None = None, *, strictly: bool = True
) -> tuple[float | None, str]:
    """The bound that counts, and its words; None with the reason that there is none."""
    bounds, before = metric.bounds, _before(metric, assessed)
    times = bounds.than_before or _THAN_BEFORE.get(bounds.item, 1.0)
    if bounds.item == "reports" and bounds.most is None:
        peak = _peak(assessed)
        if not peak:
            return None, "it counted nothing during the incident, so it tells nothing"
        return peak, f"{peak:g} during the incident"
    if bounds.item == "traffic":
        least = bounds.least or 0.0
        bound = max(least, before * times) if strictly and before is not None else least
    else:
        most = bounds.most or 0.0
        bound = max(most, before * times) if before is not None and before <= most else most
    was = "" if before is None else f"; it was {number(before, metric.unit)} before"
    return bound, f"at {'least' if bounds.item == 'traffic' else 'most'} {number(bound, metric.unit)} is well{was}"


def _better(bounds: Bounds, bound: float) -> Callable[[float], bool]:
    if bounds.item == "traffic":
        return lambda value: value >= bound
    if bounds.item == "reports" and bounds.most is None:
        return lambda value: value < bound
    return lambda value: value <= bound


def _peak(assessed: MeasuredQuery | None) -> float | None:
    """The most that was measured while the incident went on."""
    seen = (assessed.during, *assessed.now) if assessed else ()
    return max((one.value for one in seen if one is not None and one.value is not None), default=None)


def _has_traffic(metric: MeasuredQuery) -> bool:
    """Return True if a metric shows that users are there; a count of their reports does not."""
    newest, bounds = metric.newest, metric.bounds
    if newest is None or newest.value is None:
        return False
    if bounds.item == "traffic":
        return newest.value >= (bounds.least or 0.0)
    return newest.requests is not None and newest.requests >= max(1, bounds.least_requests)


def out_of_bounds(metrics: Iterable[MeasuredQuery]) -> tuple[MeasuredQuery, ...]:
    """Metrics whose newest number is known and out of its own bounds; those that are tried out left out."""
    return tuple(metric for metric in metrics if not metric.bounds.dry_run and _is_out(metric))


def _is_out(metric: MeasuredQuery) -> bool:
    value, bounds = metric.newest.value if metric.newest else None, metric.bounds
    bound, _ = _bound(metric, strictly=False)
    return value is not None and bound is not None and not _better(bounds, bound)(value)


def merged(older: Sequence[MeasuredQuery], newer: Sequence[MeasuredQuery]) -> tuple[MeasuredQuery, ...]:
    """Both pictures as one: before as it was measured first, and the worse of what was measured in the incident."""
    known = {metric.bounds.name: metric for metric in older}
    found = {metric.bounds.name: metric for metric in newer}
    both = {name: _joined(known[name], metric) if name in known else metric for name, metric in found.items()}
    return tuple({**known, **both}.values())


def _joined(older: MeasuredQuery, newer: MeasuredQuery) -> MeasuredQuery:
    was = older.before if older.before is not None and older.before.value is not None else newer.before
    seen = [one for one in (older.during, *older.now, newer.during, *newer.now) if one is not None]
    least = newer.bounds.item == "traffic"
    known = sorted((one for one in seen if one.value is not None), key=lambda one: one.value or 0.0, reverse=not least)
    return newer.model_copy(update={"before": was, "during": known[0] if known else None})
