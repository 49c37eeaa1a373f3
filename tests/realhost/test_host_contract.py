"""The production contract on a real host: OpenSSH, Docker, compose."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.production import Production
from tests.adapters.production_contract import ProductionActs, SshProductionLooks, World, seen


class TestSshProductionOfComposeLooks(SshProductionLooks):
    """Nothing is changed."""


class TestSshProductionOfComposeActs(ProductionActs):
    @pytest.fixture
    async def world(self, production: Production) -> AsyncIterator[World]:
        async with seen(production) as world:
            yield world
