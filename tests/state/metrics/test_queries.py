"""Queries of the settings: what would hide a gap, or reach out of its window, is refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from flightrules.state.metrics.queries import LokiQuery, PrometheusQuery, PrometheusSource, label_of, matched

REQUESTS = 'http_requests_total{job="shop"}'


def own(query: str, requests: str = REQUESTS) -> dict[str, Any]:
    return {"name": "q", "item": "errors", "most": 0.1, "query": query, "requests": requests}


@pytest.mark.parametrize(
    "query",
    [
        "sum(rate(errors_total[$window])) / sum(rate(http_requests_total[$window]))",
        'sum(rate(errors_total{code!="200",path=~"/a{2}>b@c"}[$window]))',
        "max(max_over_time(memory_bytes[ $window ]))",
        "sum(rate(a[$window])) or sum(rate(b[$window]))",
        'sum(rate(a{x="offset"}[$window]))',
    ],
)
def test_a_query_that_gives_a_number_for_the_window_is_taken(query: str) -> None:
    assert PrometheusQuery.model_validate(own(query)).query == query


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("sum(rate(a[$window])) > 0.05", "compares"),
        ("sum(rate(a[$window])) > bool 0.05", "compares"),
        ("sum(rate(a[$window])) == 0", "compares"),
        ("sum(rate(a[$window])) or vector(0)", "out of nothing"),
        ("absent_over_time(a[$window])", "out of nothing"),
        ("sum(rate(a[$window] offset 1h))", "its own time"),
        ("sum(rate(a[$window] @ 1609746000))", "its own time"),
        ("sum(rate(a[5m]))", "[$window]"),
        ("sum(rate(a[$window])) / sum(rate(b[1h]))", "[$window]"),
        ("max_over_time(sum(rate(a[$window]))[30m:1m])", "[$window]"),
        ("sum(memory_bytes)", "[$window]"),
        ("histogram_quantile(0.95, sum by (le) (rate(a_bucket[$window])))", "write `quantile`"),
        ("sum(rate(a[$window])) # all > of them", "comment"),
    ],
)
def test_a_query_that_hides_a_gap_or_leaves_its_window_is_refused(query: str, why: str) -> None:
    with pytest.raises(ValidationError, match=r"(?s).*" + why.replace("[", r"\[").replace("$", r"\$")):
        PrometheusQuery.model_validate(own(query))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"requests": None}, "needs `requests`"),
        ({"query": None, "requests": None}, "one of `share`, `quantile` and `query`"),
        ({"most": None}, "errors takes `most`"),
        ({"least": 1}, "`least` is for traffic"),
        ({"item": "traffic"}, "traffic takes `least`, and no `most`"),
        ({"item": "latency", "most": None}, "latency takes `most`"),
        ({"share": {"of": "a", "bad": 'code=~"5.."'}}, "one of `share`, `quantile` and `query`"),
        ({"most": float("nan")}, "finite"),
    ],
)
def test_a_query_that_could_not_be_judged_is_refused(changed: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        PrometheusQuery.model_validate({**own("sum(rate(a[$window]))"), **changed})


@pytest.mark.parametrize(
    "selector", ["", "rate(a[1m])", 'a{job="x"} or b', 'a{job="x"', "a[$window]", "a b", 'a{x="}"}y']
)
def test_only_a_plain_selector_counts_requests(selector: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        PrometheusQuery.model_validate(own("sum(rate(a[$window]))", requests=selector))


@pytest.mark.parametrize("filter_", ["", "ERROR", '|= "a" | json', '!= "a"', '|= "a" or |= "b"'])
def test_only_one_plain_filter_picks_lines(filter_: str) -> None:
    given = {"name": "q", "item": "errors", "most": 0.1, "lines": {"of": '{app="shop"}', "bad": filter_}}
    with pytest.raises(ValidationError, match="pattern"):
        LokiQuery.model_validate(given)


def test_a_window_holds_four_scrapes() -> None:
    given = {"kind": "prometheus", "url": "http://p", "up": "up", "queries": [own("sum(rate(a[$window]))")]}
    with pytest.raises(ValidationError, match="four times"):
        PrometheusSource.model_validate({**given, "scrape_seconds": 16})


@pytest.mark.parametrize("url", ["http://ada:secret@p", "http://p?x=1", "ftp://p", "p:9090"])
def test_an_address_has_no_credentials(url: str) -> None:
    given = {"kind": "prometheus", "url": url, "up": "up", "queries": [own("sum(rate(a[$window]))")]}
    with pytest.raises(ValidationError, match="pattern"):
        PrometheusSource.model_validate(given)


@pytest.mark.parametrize(
    ("selector", "with_it"),
    [("a", 'a{c="1"}'), ("a{}", 'a{c="1"}'), ('a{b="}"}', 'a{b="}",c="1"}'), ('a{b="2",}', 'a{b="2",c="1"}')],
)
def test_a_matcher_is_added_to_a_selector(selector: str, with_it: str) -> None:
    assert matched(selector, 'c="1"') == with_it


@pytest.mark.parametrize("matcher", ['code=~"5.."', 'code!="200"', 'code="500"', 'code!~"2.."'])
def test_the_label_of_a_matcher_is_known(matcher: str) -> None:
    assert label_of(matcher) == "code"
