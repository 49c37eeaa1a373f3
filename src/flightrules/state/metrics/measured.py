"""Measurements: one number over one window each, or the reason that there is none.

Knows: which moments of an incident are measured. Must not know: how a server is asked, nor what a number means.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from flightrules.state.metrics.queries import Bounds, PrometheusQuery
from flightrules.state.value import Value

TIMES = 3
"""`verify` and the watch judge so many measurements."""


class Moments(Value):
    """Moments of an incident between which its target is measured."""

    onset: datetime | None = None
    """Measurements from before lie before it; None if nothing is held against before."""
    after: datetime | None = None
    """End of the mitigation: no window may begin before it."""
    times: int = 1
    """Number of measurements of now."""


NO_MOMENTS = Moments()


class Measurement(Value):
    """One number over one window."""

    since: datetime
    until: datetime
    value: float | None = None
    why: str = ""
    """Reason that there is no number; empty if there is one."""
    requests: float | None = None
    """Requests in the window; None if they are not counted."""


class MeasuredQuery(Value):
    """One query, measured before, during and now, with the bounds that it is held against."""

    kind: Literal["metric"] = "metric"
    bounds: Bounds
    unit: Literal["", "share", "s"] = ""
    asked: str = ""
    """The query as it was sent."""
    before: Measurement | None = None
    """In the window that ended one window before the onset."""
    during: Measurement | None = None
    """In the window that began at the onset."""
    now: tuple[Measurement, ...] = ()
    """The newest measurements, the oldest of them first."""

    @property
    def newest(self) -> Measurement | None:
        """The newest measurement."""
        return self.now[-1] if self.now else None

    @property
    def why_not(self) -> str:
        """Return the reason that the newest number is not known; empty if it is."""
        return "it was not measured" if self.newest is None else self.newest.why

    @property
    def words(self) -> str:
        """The measurements in one line."""
        parts = (("before", self.before), ("during", self.during), ("now", self.newest))
        said = [f"{name} {one_measured(one, self.unit)}" for name, one in parts if one is not None]
        return f"{self.bounds.item} by {self.bounds.name}: {', '.join(said) or 'not measured'}"


class Sample(Value):
    """One series with its newest number."""

    labels: str
    value: str


class Series(Value):
    """An answer to a free question: for looking, never for a verdict."""

    kind: Literal["series"] = "series"
    asked: str
    at: datetime
    samples: tuple[Sample, ...] = ()
    more: int = 0
    """Number of series that were left out."""
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The answer in one line."""
        said = [f"{{{one.labels}}} {one.value}" for one in self.samples]
        more = f" and {self.more} more" if self.more else ""
        warned = f"; the server warns: {self.warnings[0]}" if self.warnings else ""
        return f"{self.asked}: {'; '.join(said) or 'empty'}{more}{warned}"


class Window(Value):
    """A stretch of time."""

    since: datetime
    until: datetime

    def clear_of(self, after: datetime | None, settle: timedelta) -> str:
        """Return the reason that a window of now begins too early after a mitigation; empty if it does not."""
        if after is None or self.since >= after + settle:
            return ""
        wait = (after + settle - self.since).total_seconds()
        return f"too early: the window still holds the mitigation; measure again in {wait:.0f} s"


def ending(at: datetime, length: timedelta) -> Window:
    """The window of that length that ends at a moment."""
    return Window(since=at - length, until=at)


def before_of(moments: Moments, length: timedelta) -> Window | None:
    """The window from before the onset: it ends one window before it, so that it cannot hold the fault."""
    return ending(moments.onset - length, length) if moments.onset else None


def during_of(moments: Moments, length: timedelta, now: datetime) -> Window | None:
    """The window that begins at the onset; None as long as it is not over."""
    if moments.onset is None or moments.onset + length >= now - length:
        return None
    return ending(moments.onset + length, length)


def now_of(moments: Moments, length: timedelta, interval: timedelta, now: datetime) -> tuple[Window, ...]:
    """The newest windows, the oldest first."""
    return tuple(ending(now - interval * back, length) for back in reversed(range(moments.times)))


def unit_of(query: Bounds) -> Literal["", "share", "s"]:
    """The unit of a query's numbers, as far as the settings tell."""
    if isinstance(query, PrometheusQuery):
        return "share" if query.share else "s" if query.quantile else ""
    return "share" if hasattr(query, "lines") else ""


def number(value: float | None, unit: str) -> str:
    """A number as people read it."""
    if value is None:
        return "not known"
    if unit == "share":
        return f"{value:.2%}"
    return f"{value:.4g}{f' {unit}' if unit else ''}"


def one_measured(measurement: Measurement | None, unit: str) -> str:
    """A measurement as people read it: its number, or why there is none."""
    if measurement is None:
        return "not measured"
    if measurement.value is None:
        return f"not known: {measurement.why or 'no number'}"
    of = "" if measurement.requests is None else f" of {measurement.requests:.0f}"
    return number(measurement.value, unit) + of
