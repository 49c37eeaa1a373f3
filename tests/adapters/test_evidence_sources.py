"""Every source of evidence keeps the contract: hosts, the outside, servers of metrics, and the scripted one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.metrics.prometheus import PrometheusEvidence
from flightrules.adapters.production import SshProduction
from flightrules.adapters.web import Web
from flightrules.ports import EvidenceSource
from flightrules.state.metrics.queries import PrometheusSource
from flightrules.testing import ManualClock
from flightrules.testing.metrics import ScriptedMetrics
from sandbox.embedded import embedded_host
from sandbox.process import run
from sandbox.ssh import free_port
from tests.adapters.evidence_contract import EvidenceContract, EvidenceWorld
from tests.adapters.fake_prometheus import FakePrometheus, listening, serving, table
from tests.adapters.prometheus_contract import SCRAPE_S, WINDOW_S, share
from tests.adapters.test_loki_and_sentry import lines, loki, sentry, users
from tests.adapters.test_production import host, target
from tests.adapters.test_web import target as shop


def nowhere() -> str:
    """An address at which nothing listens."""
    return f"http://127.0.0.1:{free_port()}"


@asynccontextmanager
async def world_of(source: EvidenceSource, gone: EvidenceSource, probe: str) -> AsyncIterator[EvidenceWorld]:
    yield EvidenceWorld(source=source, gone=gone, probe=probe)
    await source.close()
    await gone.close()


class TestHosts(EvidenceContract):
    @pytest.fixture
    async def world(self, tmp_path: Path) -> AsyncIterator[EvidenceWorld]:
        app = tmp_path / "app"
        run("git", "init", "--quiet", "--initial-branch=main", str(app))
        async with embedded_host(tmp_path / "ssh") as server:
            there = SshProduction(target(app, host(server, "a")), SystemClock())
            gone = SshProduction(target(app, host(server, "a", port=free_port())), SystemClock())
            async with world_of(there.hosts, gone.hosts, "disk") as world:
                yield world


class TestOutside(EvidenceContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[EvidenceWorld]:
        with listening(lambda *_: (200, b"ok", {})) as url:
            async with world_of(Web(shop(f"{url}/health")), Web(shop(f"{nowhere()}/health")), "health") as world:
                yield world


def prometheus(url: str) -> PrometheusSource:
    given = {"kind": "prometheus", "url": url, "up": 'up{job="healthy"}', "queries": [share("healthy")]}
    return PrometheusSource.model_validate({**given, "scrape_seconds": SCRAPE_S, "window_seconds": WINDOW_S})


class TestPrometheus(EvidenceContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[EvidenceWorld]:
        with serving(FakePrometheus(services=table())) as url:
            sources = [PrometheusEvidence(prometheus(at), SystemClock()) for at in (url, nowhere())]
            async with world_of(sources[0], sources[1], "metric:share") as world:
                yield world


class TestLoki(EvidenceContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[EvidenceWorld]:
        with listening(lines("200", None)) as url:
            async with world_of(loki(url), loki(nowhere()), "metric:lines") as world:
                yield world


class TestSentry(EvidenceContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[EvidenceWorld]:
        with listening(users([{"count_unique(user)": 0}])) as url:
            async with world_of(sentry(url), sentry(nowhere()), "metric:users") as world:
                yield world


class TestScripted(EvidenceContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[EvidenceWorld]:
        sources = [ScriptedMetrics(prometheus("http://p"), ManualClock()) for _ in range(2)]
        sources[0].numbers["share"] = 0.0
        async with world_of(sources[0], sources[1], "metric:share") as world:
            yield world
