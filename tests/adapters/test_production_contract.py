from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.production import SshProduction
from flightrules.state.target import Check, ComposeRuntime, Host, Target
from flightrules.testing import ManualClock, ScriptedProduction
from sandbox.production import over_the_last_days, sandbox_production
from tests.adapters.production_contract import ProductionContract, World


class TestScriptedProduction(ProductionContract):
    @pytest.fixture
    def world(self) -> World:
        target = Target(
            name="shop",
            hosts=(Host(name="shop-1", address="h", user="root", key="k", host_key="ssh-ed25519 AAAA"),),
            app_dir="/srv/shop",
            runtime=ComposeRuntime(project="shop"),
            health_url="http://127.0.0.1/health",
            checks=(Check(name="characters", path="/characters"),),
        )
        good, bad = "a" * 40, "b" * 40
        production = ScriptedProduction(target, ManualClock(), releases=[good, bad])
        production.broken = {bad}
        production.hosts["shop-1"].branch = None
        return World(production=production, target=target, good=good, bad=bad)


class TestSshProductionOfCommands(ProductionContract):
    """The real programs over a real SSH connection, without a container engine."""

    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        async with sandbox_production("commands", deployed=over_the_last_days(datetime.now(UTC))) as shop:
            await shop.settle(500)
            production = SshProduction(shop.target, SystemClock())
            yield World(production, shop.target, good=shop.releases["v4"], bad=shop.releases["v5"])
            await production.close()
