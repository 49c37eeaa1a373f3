"""What every test gets: one async backend, and an environment that says nothing about this product."""

from __future__ import annotations

import os
from typing import Any

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - pytest-xdist has no types for it
    """Give a worker one file at a time, and all tests on the real host to one: they share one machine."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "tests/realhost" if nodeid.startswith("tests/realhost/") else nodeid.partition("::")[0]

    return ByFile(config, log)
