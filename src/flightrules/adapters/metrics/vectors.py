"""Answers of a Prometheus-compatible API: one number of one series, or the reason that there is none.

Knows: the JSON of an instant query. Must not know: what was asked, nor what a number means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from flightrules.adapters.metrics.asking import MOST_WHY, NotMeasured
from flightrules.state.metrics.measured import Sample
from flightrules.state.untrusted import one_line

MOST_LABELS = 300


def one(answer: Mapping[str, Any]) -> float | None:
    """Return the number of the one series of an answer; None if it has no series.

    Raises `NotMeasured` for more than one series, for a number that is none, and for an answer that is not whole.
    """
    series = vector(answer)
    if len(series) > 1:
        raise NotMeasured(f"{len(series)} series, and one is expected")
    return _number(series[0]) if series else None


def vector(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the series of an instant query. Raises `NotMeasured` if the answer is not whole or has another shape."""
    if answer.get("status") != "success":
        raise NotMeasured(f"the query failed: {one_line(str(answer.get('error') or 'no reason is given'), MOST_WHY)}")
    if told := warnings(answer):
        raise NotMeasured(f"the server warns: {told[0]}")
    data = answer.get("data")
    kind = data.get("resultType") if isinstance(data, Mapping) else None
    series = data.get("result") if isinstance(data, Mapping) else None
    if kind != "vector" or not isinstance(series, list) or not all(isinstance(one, Mapping) for one in series):
        raise NotMeasured(f"the query gives a {one_line(str(kind), 40)}, and a vector is expected")
    return series


def warnings(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Warnings of a server that an answer may not be whole; VictoriaMetrics marks one as partial."""
    told = answer.get("warnings")
    said = [one_line(str(item), MOST_WHY) for item in told] if isinstance(told, list) else []
    return (*said, *(["the answer is partial"] if answer.get("isPartial") else []))


def samples(series: Sequence[Mapping[str, Any]]) -> tuple[Sample, ...]:
    """Series as text, for looking."""
    return tuple(Sample(labels=_labels(item), value=one_line(_text(item), 40)) for item in series)


def _number(series: Mapping[str, Any]) -> float:
    text = _text(series)
    try:
        value = float(text)
    except ValueError as error:
        raise NotMeasured(f"{one_line(text, 40)!r} is not a number") from error
    if math.isnan(value):
        raise NotMeasured("NaN: nothing was divided by nothing, probably no traffic")
    if math.isinf(value):
        raise NotMeasured("infinite")
    return value


def _text(series: Mapping[str, Any]) -> str:
    pair = series.get("value")
    return str(pair[1]) if isinstance(pair, list) and len(pair) == 2 else ""  # noqa: PLR2004 - time and value


def _labels(series: Mapping[str, Any]) -> str:
    labels = series.get("metric")
    pairs = sorted(labels.items()) if isinstance(labels, Mapping) else ()
    return one_line(", ".join(f"{name}={value}" for name, value in pairs), MOST_LABELS)
