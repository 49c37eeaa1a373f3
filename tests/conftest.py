"""What every test gets: one async backend, and an environment that says nothing about this product."""

from __future__ import annotations

import os

import pytest

OWN = {"FLIGHTRULES_UPDATE_SNAPSHOTS"}
"""Settings of the tests themselves."""

for _name in [name for name in os.environ if name.startswith("FLIGHTRULES_") and name not in OWN]:
    # The machine's own settings must not reach the code under test.
    del os.environ[_name]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio: asyncssh knows no other loop."""
    return "asyncio"
