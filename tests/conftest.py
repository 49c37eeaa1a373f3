"""Fixtures of every test: one async backend, time, and an environment that says nothing about this product."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.scheduling import place, unit

OWN = {"FLIGHTRULES_UPDATE_SNAPSHOTS"}
"""Settings of the tests themselves."""

for _name in [name for name in os.environ if name.startswith("FLIGHTRULES_") and name not in OWN]:
    # The machine's own settings must not reach the code under test.
    del os.environ[_name]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background has interrupts ignored, and children of the tests inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Examples on a busy machine are slow now and then, which says nothing about the code under test.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio: asyncssh knows no other loop."""
    return "asyncio"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - pytest-xdist has no types for it
    """Hand out tests in the units and the order of `tests.scheduling`."""
    # The `xdist_group` marks of pytest-xdist 3.8 have no effect under pytest 9.
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class InPlace(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

        def _assign_work_unit(self, node: Any) -> None:  # noqa: ANN401 - as above
            first = min(self.workqueue, key=lambda name: place(name, len(self.workqueue[name])))
            self.workqueue.move_to_end(first, last=False)
            super()._assign_work_unit(node)

    return InPlace(config, log)
