"""The production contract on a real host: OpenSSH, Docker, compose."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.production import SshProduction
from sandbox.production import Production
from tests.adapters.production_contract import ProductionContract, World


class TestSshProductionOfCompose(ProductionContract):
    @pytest.fixture
    async def world(self, production: Production) -> AsyncIterator[World]:
        ssh = SshProduction(production.target, SystemClock())
        yield World(ssh, production.target, good=production.releases["v4"], bad=production.releases["v5"])
        await ssh.close()
