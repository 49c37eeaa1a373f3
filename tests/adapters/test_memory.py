from __future__ import annotations

import pytest

from flightrules.adapters.memory import MemoryStore
from tests.adapters.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
