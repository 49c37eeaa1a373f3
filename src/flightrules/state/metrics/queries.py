"""Queries of the settings: a name, what it stands for, how it is measured, and its bounds.

Knows: the shape that a person writes under `[[targets.metrics]]`. Must not know: how a server is asked (adapters).
A comparison in PromQL loses what is missing: `NaN > 0.05` is 0, which looks like a pass. So a query gives a number, and
the bounds stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from flightrules.state.value import Value

MetricItem = Literal["errors", "latency", "traffic", "saturation", "reports"]

MetricName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]

_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
_SELECTOR = rf'^(?:[A-Za-z_:][A-Za-z0-9_:]*(?:\{{(?:[^{{}}"\n]|{_QUOTED})*\}})?)$'
Selector = Annotated[str, Field(max_length=500, pattern=_SELECTOR)]
"""A plain selector of PromQL: a metric's name, with matchers in braces if need be."""

_MATCHER = rf"^[A-Za-z_][A-Za-z0-9_]*(?:=~|!~|!=|=){_QUOTED}$"
Matcher = Annotated[str, Field(max_length=200, pattern=_MATCHER)]
"""One matcher of PromQL, as `code=~"5.."`."""

_STREAM = rf'^\{{(?:[^{{}}"\n]|{_QUOTED})+\}}$'
WINDOW = "$window"
_TEXT = re.compile(rf"{_QUOTED}|'(?:[^'\\\n]|\\.)*'|`[^`]*`")
_MATCHERS = re.compile(r"\{[^{}]*\}")
_FORBIDDEN = (
    (re.compile(r"[<>]|[!=]="), "compares; the bounds do that, since a comparison loses what is missing"),
    (re.compile(r"\bbool\b"), "compares; the bounds do that, since a comparison loses what is missing"),
    (re.compile(r"\b(?:vector|absent|absent_over_time)\s*\("), "makes a number out of nothing, which hides a gap"),
    (re.compile(r"\boffset\b|@"), "moves its own time; flightrules states the time"),
    (re.compile(r"\bhistogram_quantile\s*\("), "takes a quantile; write `quantile`, which sees the last bucket"),
)


class RequestShare(Value):
    """A share of requests: those that one matcher picks, of all."""

    of: Selector
    """The counter of all requests, without a range, as `http_requests_total{job="shop"}`."""
    bad: Matcher
    """The matcher of those that failed, as `code=~"5.."`. Its label must be one that the counter has."""


class Quantile(Value):
    """A quantile of a classic histogram."""

    of: Selector
    """Its buckets, without a range, as `http_request_duration_seconds_bucket{job="shop"}`."""
    q: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """The quantile."""


class LineShare(Value):
    """A share of a service's log lines."""

    of: Annotated[str, Field(max_length=500, pattern=_STREAM)]
    """The stream of all lines, as `{app="shop"}`."""
    bad: Annotated[str, Field(max_length=300, pattern=r"^\|[=~] (?:\"[^\"\n]+\"|`[^`\n]+`)$")]
    """The filter of those that tell of an error, as `|= "ERROR"` or `|~ "ERROR|FATAL"`."""


class Bounds(Value):
    """Bounds that a measurement is held against, and whether it decides anything."""

    name: MetricName
    """Name of the query; no other query of the target has the same name."""
    item: MetricItem
    """Meaning of the number: `errors`, `latency`, `traffic`, `saturation` or `reports` of users."""
    most: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """The most that is well. Required but for `traffic`; for `reports` unset, fewer than in the incident is well."""
    least: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The least that is well. Required for `traffic`, and for nothing else."""
    than_before: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] | None = None
    """So many times what was measured before the incident is well too, although it is above `most`; by default 1.5 for
    errors and 1.25 for latency. Where before was above `most` as well, `most` alone counts. For traffic, the share of
    before that it must come back to; by default 0.5."""
    least_requests: Annotated[int, Field(ge=0)] = 50
    """Fewer requests than this in the window tell nothing: the result is not known."""
    dry_run: bool = False
    """True to see the metric and let it decide nothing: the way to introduce one."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        """Each item has the bound that it can be judged by."""
        if self.item == "traffic" and (self.least is None or self.most is not None):
            raise ValueError("traffic takes `least`, and no `most`")
        if self.item != "traffic" and self.least is not None:
            raise ValueError("`least` is for traffic")
        if self.item in ("errors", "latency", "saturation") and self.most is None:
            raise ValueError(f"{self.item} takes `most`")
        return self


class PrometheusQuery(Bounds):
    """One query of a Prometheus-compatible server: a `share`, a `quantile` or a `query` of your own."""

    share: RequestShare | None = None
    """A share of requests, as the share that fails."""
    quantile: Quantile | None = None
    """A quantile of a histogram, as the 95th percentile of the time that answers take."""
    query: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """PromQL that gives one number for a window, written `[$window]`, as `sum(rate(http_requests_total[$window]))`."""
    requests: Selector | None = None
    """With `query`: the counter of requests that `least_requests` is about. Errors, latency and reports need it."""

    @model_validator(mode="after")
    def _measurable(self) -> Self:
        """Exactly one way to measure, and nothing in it that hides what is missing."""
        if sum(way is not None for way in (self.share, self.quantile, self.query)) != 1:
            raise ValueError("one of `share`, `quantile` and `query` says how it is measured")
        if self.query is None and self.requests is not None:
            raise ValueError("`requests` goes with `query`; a share and a quantile count their own")
        if self.query is not None:
            _checked(self.query)
            if self.requests is None and self.item in ("errors", "latency", "reports"):
                raise ValueError(f"{self.item} by `query` needs `requests`: without traffic it says nothing")
        return self


class LokiQuery(Bounds):
    """One query of a Loki server: a share of log lines."""

    lines: LineShare
    """The lines that tell of errors, of all lines; `least_requests` counts lines."""


class SentryQuery(Bounds):
    """One number of Sentry: users that met an error in the window."""

    query: Annotated[str, Field(max_length=500, pattern=r"^[^\n]*$")] = "event.type:error"
    """Search of Sentry that picks the events."""


class _Source(Value):
    url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
    """Address of its API without the path of a query, as `http://prometheus.internal:9090`."""
    headers: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")], Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,1000}$")]
    ] = Field(default_factory=dict)
    """HTTP headers that it is asked with; a secret as `env:NAME` or `file:PATH`."""
    ca_file: Annotated[str, Field(pattern=r"^/[^\x00-\x1f]*$")] | None = None
    """File on the server's machine with certificate authorities (PEM) that sign its certificate."""
    window_seconds: Annotated[int, Field(ge=10, le=3600)] = 60
    """Length of the window that each number is about."""
    interval_seconds: Annotated[int, Field(ge=1, le=300)] = 15
    """`verify` and the watch judge three windows, whose ends lie so far apart."""
    settle_seconds: Annotated[int, Field(ge=0, le=3600)] = 15
    """After the end of a mitigation so much time passes before the first window begins."""


class PrometheusSource(_Source):
    """Prometheus, or what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics."""

    kind: Literal["prometheus"] = "prometheus"
    """A Prometheus-compatible HTTP API."""
    up: Selector
    """Series that are all 1 while the service is measured, as `up{job="shop"}`. Absent or 0: nothing is known."""
    scrape_seconds: Annotated[int, Field(ge=1, le=300)] = 15
    """Interval at which the service is scraped. A newest sample older than three of them is stale."""
    queries: Annotated[tuple[PrometheusQuery, ...], Field(min_length=1, max_length=20)]
    """The queries, one `[[targets.metrics.queries]]` table each."""

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        """A window of fewer than four scrapes gives a rate of almost nothing."""
        if self.window_seconds < 4 * self.scrape_seconds:
            raise ValueError("`window_seconds` is at least four times `scrape_seconds`")
        return self


class LokiSource(_Source):
    """Loki: shares of log lines, counted by `count_over_time`."""

    kind: Literal["loki"] = "loki"
    """The HTTP API of Loki."""
    queries: Annotated[tuple[LokiQuery, ...], Field(min_length=1, max_length=20)]
    """The queries, one `[[targets.metrics.queries]]` table each."""


class SentrySource(_Source):
    """Sentry: users that met an error."""

    kind: Literal["sentry"] = "sentry"
    """The HTTP API of Sentry; `headers` has `authorization = "env:..."` or a file with `Bearer TOKEN`."""
    organization: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    """Slug of the organization."""
    project: Annotated[int, Field(ge=1)]
    """Number of the project."""
    queries: Annotated[tuple[SentryQuery, ...], Field(min_length=1, max_length=20)]
    """The queries, one `[[targets.metrics.queries]]` table each."""


MetricsSource = Annotated[PrometheusSource | LokiSource | SentrySource, Field(discriminator="kind")]


def queries_of(sources: Sequence[MetricsSource]) -> tuple[PrometheusQuery | LokiQuery | SentryQuery, ...]:
    """Every query of a target's settings."""
    return tuple(query for source in sources for query in source.queries)


def bounds_of(query: Bounds) -> Bounds:
    """The bounds of a query without how it is measured."""
    return Bounds(**{name: getattr(query, name) for name in Bounds.model_fields})


def matched(selector: str, matcher: str) -> str:
    """A selector with one more matcher."""
    if not selector.endswith("}"):
        return f"{selector}{{{matcher}}}"
    inner = selector[:-1].rstrip().removesuffix(",")
    return f"{inner}{matcher}}}" if inner.endswith("{") else f"{inner},{matcher}}}"


def label_of(matcher: str) -> str:
    """The label that a matcher is about."""
    return re.split(r"[=!]", matcher, maxsplit=1)[0]


def _checked(query: str) -> None:
    """Refuse what would hide a gap, or would reach out of the window."""
    plain = _MATCHERS.sub(" ", _TEXT.sub(" ", query))
    if "#" in plain:
        raise ValueError("the query has a comment; write it in the settings file instead")
    for pattern, why in _FORBIDDEN:
        if pattern.search(plain):
            raise ValueError(f"the query {why}")
    ranges = re.findall(r"\[([^\]]*)\]", plain)
    if not ranges or any(one.strip() != WINDOW for one in ranges):
        raise ValueError(f"each range of the query is written `[{WINDOW}]`, and it has at least one")
