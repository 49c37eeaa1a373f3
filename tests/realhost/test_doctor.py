"""`flightrules doctor` on a host with OpenSSH, Docker and compose, healthy and broken in each part."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from sandbox.demo_stage import Stage
from sandbox.process import run, unmount
from sandbox.prodhost import Prodhost
from sandbox.production import Production, sandbox_production
from sandbox.ssh import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is one line, so that its words stand together."""
    monkeypatch.setenv("COLUMNS", "2000")


def staged(production: Production) -> Stage:
    made = Stage(production)
    made.folder.mkdir(exist_ok=True)
    made.settings.write_text(production.toml)
    return made


@pytest.fixture(scope="module")
async def healthy(prodhost: Prodhost) -> AsyncIterator[Stage]:
    """One healthy production for all tests here: doctor changes nothing in it."""
    now = datetime.now(UTC)
    ages = {"v3": timedelta(days=2), "v4": timedelta(days=1)}
    deployed = {name: now - age for name, age in ages.items()}
    async with sandbox_production("compose", ssh=prodhost.ssh, deployed=deployed) as production:
        await production.settle(200)
        yield staged(production)


async def observed(stage: Stage) -> None:
    """Wait until the containers say that they are healthy, and have that on record."""
    with anyio.fail_after(20):
        while (await stage.flightrules("observe"))[0] != 0:  # noqa: ASYNC110 - a program cannot set an event
            await anyio.sleep(0.2)


async def doctor(stage: Stage, *changes: tuple[str, str]) -> tuple[int, str]:
    """Run doctor with some text of the settings changed; gives its exit status and what it said, in one line."""
    text = stage.production.toml
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    stage.settings.write_text(text)
    status, said = await stage.flightrules("doctor")
    return status, " ".join(said.split())


def failing(said: str) -> set[str]:
    """The parts whose row says FAIL."""
    return set(re.findall(r"(shop: [a-z ]+?|log|outbox)(?: shop-1)? FAIL ", said))


async def test_a_healthy_production_has_nothing_to_mend_but_weak_approvals(healthy: Stage) -> None:
    await observed(healthy)
    status, said = await doctor(healthy)
    assert status == 0, said
    assert failing(said) == set()
    for part in ("ssh", "git checkout", "compose", "services", "logs", "disk", "memory", "clock"):
        assert f"shop: {part} shop-1 ok" in said
    for part in ("health", "check characters", "check avatar", "on record", "documents"):
        assert f"shop: {part} ok" in said
    assert "a client can answer by itself" in said


async def test_a_host_key_that_changed_is_shown_beside_the_pinned_one(healthy: Stage, prodhost: Prodhost) -> None:
    other = " ".join((prodhost.folder / "client_key.pub").read_text().split()[:2])
    pinned, presented = (
        run("ssh-keygen", "-lf", prodhost.folder / name).split()[1] for name in ("client_key.pub", "host_key.pub")
    )
    status, said = await doctor(healthy, (prodhost.ssh.host_key, other))
    assert status == 1
    assert "shop: ssh" in failing(said)
    assert f"{pinned} is pinned, {presented} was presented" in said


async def test_a_port_where_nothing_listens_is_named(healthy: Stage, prodhost: Prodhost) -> None:
    port = free_port()
    status, said = await doctor(healthy, (f"port = {prodhost.ssh.port}", f"port = {port}"))
    assert status == 1
    assert "shop: ssh" in failing(said)
    assert f"port {port} cannot be reached" in said
    assert "shop: health ok" in said


async def test_a_folder_that_is_no_checkout_is_named(healthy: Stage) -> None:
    status, said = await doctor(healthy, (f'app_dir = "{healthy.production.app_dir}"', 'app_dir = "/nowhere/shop"'))
    assert status == 1
    assert "shop: git checkout" in failing(said)
    assert "Is app_dir /nowhere/shop the git checkout" in said
    assert "shop: ssh shop-1 ok" in said


async def test_a_production_that_is_broken_is_found_broken(production: Production) -> None:
    status, said = await doctor(staged(production))
    assert status == 1
    assert {"shop: health", "shop: check characters"} <= failing(said)
    assert "500 in" in said
    assert "shop: compose shop-1 ok" in said


async def test_a_log_in_a_folder_that_cannot_be_written_is_a_failure(healthy: Stage, tmp_path: Path) -> None:
    with read_only(tmp_path):
        store = ("[[targets]]\n", f'[store]\npath = "{tmp_path}/incidents.db"\n\n[[targets]]\n')
        status, said = await doctor(healthy, store)
    assert status == 1
    assert "log" in failing(said)
    assert "Read-only file system" in said
    assert "shop: ssh shop-1 ok" in said


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which even root cannot write."""
    run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder)
    try:
        yield
    finally:
        unmount(folder)
