"""The shop without containers, on a machine that has neither Docker nor sshd."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flightrules.state.target import Target
from sandbox.process import SandboxError, living_in
from sandbox.production import over_the_last_days, sandbox_production
from sandbox.shop.behaviour import BEHAVIOURS
from sandbox.shop.repository import Release, build_repository, deployments

pytestmark = pytest.mark.anyio


async def test_the_broken_release_fails_and_the_one_before_it_works() -> None:
    async with sandbox_production("commands") as shop:
        await shop.settle(500)
        await shop.deploy("v4")
        await shop.settle(200)
        assert shop.get("/api/v1/health")[1] == f'{{"status":"ok","release":"{shop.releases["v4"]}"}}'
        assert shop.ctl("release").strip() == shop.releases["v4"]


async def test_it_leaves_neither_process_nor_file() -> None:
    async with sandbox_production("commands", deployed=["v1"]) as shop:
        await shop.settle(200)
        assert list(living_in(shop.app_dir))
    assert not list(living_in(shop.folder))
    assert not shop.folder.exists()


async def test_its_target_file_is_one_that_flightrules_takes() -> None:
    async with sandbox_production("commands", deployed=["v1"]) as shop:
        (table,) = tomllib.loads(shop.toml)["targets"]
        assert Target.model_validate(table) == shop.target


async def test_deployments_carry_the_times_they_are_given() -> None:
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    async with sandbox_production("commands", deployed=over_the_last_days(now)) as shop:
        log = deployments(shop.app_dir)
    assert log[0] == (shop.releases["v5"], now - timedelta(minutes=4))
    assert [sha for sha, _ in log] == list(shop.releases.values())[::-1]


@pytest.mark.parametrize(
    ("behaviour", "path", "status"),
    [
        ("health500", "/api/v1/health", 500),
        ("health500", "/api/v1/characters", 200),
        ("characters500", "/api/v1/health", 200),
        ("characters500", "/api/v1/characters", 500),
        ("avatar404", "/api/v1/avatar", 404),
        ("warmup", "/api/v1/health", 503),
        ("crash", "/api/v1/health", 0),
    ],
)
async def test_a_release_behaves_as_it_is_told(behaviour: str, path: str, status: int) -> None:
    async with sandbox_production("commands", releases=[Release("v1", "Try", behaviour)]) as shop:
        await shop.settle(shop_status(behaviour))
        assert shop.get(path)[0] == status


def shop_status(behaviour: str) -> int:
    return {"health500": 500, "warmup": 503, "crash": 0}.get(behaviour, 200)


async def test_a_release_that_never_becomes_healthy_is_said_so() -> None:
    async with sandbox_production("commands", releases=[Release("v1", "Try", "health500")]) as shop:
        await shop.settle(500)
        with pytest.raises(SandboxError, match="answered 500 instead of 200"):
            await shop.settle(200, limit_s=0.2)


def test_the_same_releases_give_the_same_commits(tmp_path: Path) -> None:
    assert build_repository(tmp_path / "a") == build_repository(tmp_path / "b")


def test_every_behaviour_makes_a_release(tmp_path: Path) -> None:
    releases = [Release(name, f"Behave as {name}", name) for name in BEHAVIOURS]
    assert len(set(build_repository(tmp_path / "all", releases).values())) == len(BEHAVIOURS)


def test_an_unknown_behaviour_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="nonsense"):
        build_repository(tmp_path / "bad", [Release("v1", "Try", "nonsense")])
