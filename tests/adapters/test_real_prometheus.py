"""Debian's Prometheus: it keeps the contract, and what is left of it when it dies is not known."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from sandbox.monitoring import Page, Prometheus, missing, samples, scraping, served
from tests.adapters.prometheus_contract import (
    SCRAPE_S,
    Row,
    answers_free_questions,
    comes_to,
    keeps_the_table,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

A_SECOND = 60.0
"""Requests a second of a service with traffic."""
BUCKETS = ("0.05", "0.5", "2.5", "+Inf")


def counted(good: float, bad: float | None = None, *, bucket: float = 1.0) -> str:
    """A page of a service that counted so many requests; a share of them fell into the first bucket."""
    codes = [({"code": "200"}, good), ({"code": "404"}, 1.0)]
    if bad is not None:
        codes.append(({"code": "500"}, bad))
    reached = [(good * bucket if le != "+Inf" else good) for le in BUCKETS]
    times = [({"le": le}, number) for le, number in zip(BUCKETS, reached, strict=True)]
    return samples("http_requests_total", codes) + samples("http_seconds_bucket", times)


def pages() -> dict[str, Page]:
    """The states of the contract, each as a service that goes on while it is scraped."""
    began = time.monotonic()

    def after(text: Callable[[float], str | None]) -> Page:
        return lambda: text(time.monotonic() - began)

    many = samples("many_series", [({"n": str(number)}, 1.0) for number in range(25)])
    return {
        "/healthy": after(lambda s: counted(A_SECOND * s) + many),
        "/erring": after(lambda s: counted(A_SECOND * s, A_SECOND * s / 2)),
        "/errors-over": after(lambda s: counted(A_SECOND * s, min(s, 3.0) * A_SECOND)),
        "/no-traffic": after(lambda _s: counted(100.0, 1.0)),
        "/little-traffic": after(counted),
        "/scrape-fails": after(lambda s: counted(A_SECOND * s) if s < 15 else None),
        "/renamed": after(lambda s: counted(A_SECOND * s).replace("http_", "web_" if s > 15 else "http_")),
        "/slow": after(lambda s: counted(A_SECOND * s, bucket=0.0)),
    }


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Prometheus]:
    if why := missing():
        if os.environ.get("REALHOST") == "required":
            pytest.fail(why)
        pytest.skip(why)
    process = Prometheus(tmp_path / "prometheus")
    try:
        yield process
    finally:
        process.stop(grace_s=0.0)


def jobs(address: str, made: Mapping[str, Page]) -> dict[str, str]:
    return {path.removeprefix("/"): f"{address}{path}" for path in made}


async def test_the_real_prometheus_keeps_the_contract_and_its_death_is_inconclusive(prometheus: Prometheus) -> None:
    made = pages()
    with served(made) as address:
        prometheus.start(scraping(jobs(address, made), every_s=SCRAPE_S))
        await keeps_the_table(prometheus.url)
        await answers_free_questions(prometheus.url)
        prometheus.stop(grace_s=0.0)
        dead = await comes_to(prometheus.url, Row("healthy", "share", "unknown", "does not answer"))
        assert (dead.outcome, "does not answer" in dead.saw) == ("unknown", True)
        prometheus.start(scraping({}))  # it comes back and scrapes nothing: `up` is 1 as it was last seen
        stale = await comes_to(prometheus.url, Row("healthy", "share", "unknown", "stale"))
        assert (stale.outcome, "stale" in stale.saw) == ("unknown", True)
