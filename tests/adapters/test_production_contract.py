from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from flightrules.state.target import Check, ComposeRuntime, Host, Target
from flightrules.testing import ManualClock, ScriptedProduction
from sandbox.production import Production, over_the_last_days, sandbox_production
from tests.adapters.production_contract import ProductionActs, ProductionContract, SshProductionLooks, World, seen


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


@asynccontextmanager
async def commands_shop() -> AsyncIterator[Production]:
    """The real programs over a real SSH connection, without a container engine."""
    async with sandbox_production("commands", deployed=over_the_last_days(datetime.now(UTC))) as shop:
        await shop.settle(500)
        yield shop


@pytest.fixture(scope="module")
async def untouched() -> AsyncIterator[Production]:
    async with commands_shop() as shop:
        yield shop


class TestSshProductionOfCommandsLooks(SshProductionLooks):
    """Nothing is changed."""


class TestSshProductionOfCommandsActs(ProductionActs):
    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        async with commands_shop() as shop, seen(shop) as world:
            yield world
