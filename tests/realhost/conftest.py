"""The real host these tests need, and a fresh production on it.

REALHOST=required makes them fail, not skip, where it cannot be brought up; REALHOST_DIR names one that is up already.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.process import SandboxError
from sandbox.prodhost import Prodhost, down, obstacle, up
from sandbox.production import Production, over_the_last_days, sandbox_production

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder, so that `-m 'not realhost'` leaves them out."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker("realhost")


@pytest.fixture(scope="session")
def prodhost() -> Iterator[Prodhost]:
    """Docker engine, compose and sshd on loopback, up for the whole session."""
    given = os.environ.get("REALHOST_DIR")
    folder = Path(given or tempfile.mkdtemp(prefix="prodhost-"))
    try:
        try:
            yield _up_or_skip(folder)
        finally:
            if not given:
                down(folder)
    finally:
        if not given:
            shutil.rmtree(folder, ignore_errors=True)


def _up_or_skip(folder: Path) -> Prodhost:
    required = os.environ.get("REALHOST") == "required"
    why_not = obstacle()
    if why_not is not None and not required:
        pytest.skip(why_not)
    try:
        return up(folder)
    except SandboxError as failure:
        pytest.fail(f"the real host did not come up: {failure}", pytrace=False)


@pytest.fixture
async def production(prodhost: Prodhost) -> AsyncIterator[Production]:
    """A fresh shop over sshd: v1 to v4 were deployed over the last days, v5, which is broken, four minutes ago."""
    async with sandbox_production("compose", ssh=prodhost.ssh, deployed=over_the_last_days(datetime.now(UTC))) as shop:
        await shop.settle(500)
        yield shop
