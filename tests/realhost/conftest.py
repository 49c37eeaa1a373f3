"""The real host these tests need, and a fresh production on it.

REALHOST=required makes them fail, not skip, where it cannot be brought up; REALHOST_DIR names one that is up already.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.process import SandboxError
from sandbox.prodhost import Prodhost, down, obstacle, up
from sandbox.production import Production, over_the_last_days, sandbox_production
from tests.realhost.cases import Case

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
def case(prodhost: Prodhost, tmp_path: Path) -> Iterator[Case]:
    """A production of its own, empty so far."""
    made = Case(folder=tmp_path, ssh=prodhost.ssh)
    yield made
    made.clean()


@pytest.fixture
async def production(prodhost: Prodhost) -> AsyncIterator[Production]:
    """A fresh shop over sshd: v4 was deployed a day ago, v5, which is broken, four minutes ago."""
    async with shop_of(prodhost, "v4", "v5") as shop:
        yield shop


@pytest.fixture(scope="module")
async def untouched(prodhost: Prodhost) -> AsyncIterator[Production]:
    """A shop with all its releases, for tests that change nothing of it."""
    async with shop_of(prodhost, "v1", "v2", "v3", "v4", "v5") as shop:
        yield shop


@asynccontextmanager
async def shop_of(prodhost: Prodhost, *releases: str) -> AsyncIterator[Production]:
    """The shop to which these releases were deployed over the last days; the last is broken and serves."""
    days = over_the_last_days(datetime.now(UTC))
    deployed = {name: days[name] for name in releases}
    async with sandbox_production("compose", ssh=prodhost.ssh, deployed=deployed) as shop:
        await shop.settle(500)
        yield shop
