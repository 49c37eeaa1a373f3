from __future__ import annotations

import pytest

from flightrules.adapters.memory import MemoryStore
from flightrules.testing import ManualClock
from tests.adapters.lease_contract import LeaseContract
from tests.adapters.store_contract import StoreContract


class TestMemoryStore(StoreContract, LeaseContract):
    @pytest.fixture
    def store(self, clock: ManualClock) -> MemoryStore:
        return MemoryStore(clock.now)
