"""`flightrules init` and `doctor` as somebody types them."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from flightrules.cli import main
from flightrules.cli.setting_up import table
from flightrules.config import load
from flightrules.service.checkup.target import Row
from sandbox.demo_stage import Stage
from sandbox.production import sandbox_production
from tests.adapters.unprivileged import unprivileged

EXAMPLE = files("flightrules.templates").joinpath("flightrules.toml").read_text()


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is one line, so that its words stand together."""
    monkeypatch.setenv("COLUMNS", "2000")


def test_init_writes_the_commented_example_and_says_what_to_edit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings.toml"
    assert main(["init", str(path)]) == 0
    assert path.read_text() == EXAMPLE
    assert load(path).targets[0].name == "shop"
    said = capsys.readouterr().out
    assert str(path) in said
    for word in ("app_dir", "host_key", "flightrules doctor", "flightrules observe"):
        assert word in said


def test_init_takes_the_current_folder_where_no_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert tomllib.loads((tmp_path / "flightrules.toml").read_text())["targets"]


def test_init_writes_into_a_folder_that_is_named(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path)]) == 0
    assert (tmp_path / "flightrules.toml").is_file()


def test_init_never_writes_over_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flightrules.toml"
    path.write_text("mine")
    assert main(["init", str(path)]) == 1
    assert path.read_text() == "mine"
    assert "already exists" in capsys.readouterr().err


def test_init_where_nothing_can_be_written_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with unprivileged() as folder:
        folder.chmod(0o500)
        assert main(["init", str(folder / "flightrules.toml")]) == 1
        assert list(folder.iterdir()) == []
    assert "Permission denied" in capsys.readouterr().err


def test_doctor_without_settings_that_can_be_used_tells_every_mistake_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flightrules.toml"
    path.write_text('colour = "red"\n[[targets]]\nname = "Shop"\n')
    assert main(["--config", str(path), "doctor"]) == 1
    said = capsys.readouterr().out
    assert "settings" in said
    assert "colour: unknown key" in said
    assert 'found "Shop"' in said
    assert said.endswith("0 ok, 0 warn, 1 FAIL\n")


def test_doctor_without_a_settings_file_points_to_init(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--config", str(tmp_path / "none.toml"), "doctor"]) == 1
    assert "flightrules init" in capsys.readouterr().out


@pytest.mark.parametrize("width", [100, 140, 200])
def test_the_table_is_aligned_and_no_wider_than_the_terminal(width: int) -> None:
    rows = [
        Row(part="ssh", host="web-1", saw="root@127.0.0.1 " + "word " * 60),
        Row(part="a part with a long name", host="", state="FAIL", saw="short", mend="mend it " * 20),
    ]
    lines = table({"": rows}, width)
    assert max(len(line) for line in lines) <= width
    begin = lines[0].index("seen")
    assert {line[begin - 1] for line in lines if len(line) > begin} == {" "}
    assert " ".join(line[begin:].strip() for line in lines if "FAIL" not in line).count("word") == 60


@pytest.fixture
async def healthy() -> AsyncIterator[Stage]:
    now = datetime.now(UTC)
    ages = {"v3": timedelta(days=2), "v4": timedelta(days=1)}
    async with sandbox_production("commands", deployed={name: now - age for name, age in ages.items()}) as production:
        await production.settle(200)
        made = Stage(production)
        made.folder.mkdir()
        made.settings.write_text(production.toml)
        yield made


@pytest.mark.anyio
async def test_doctor_finds_a_healthy_production_without_containers_healthy(healthy: Stage) -> None:
    status, said = await healthy.flightrules("doctor")
    assert status == 0, said
    for part in ("shop: ssh", "shop: status command", "shop: release command", "shop: health", "shop: check avatar"):
        assert part in said
    assert not (healthy.folder / ".flightrules" / "outbox" / "flightrules-doctor.txt").exists()
    assert [path for path in (healthy.production.folder / "docs").rglob("*") if path.is_file()] == []


@pytest.mark.anyio
async def test_doctor_asks_for_an_observation_until_there_is_one(healthy: Stage) -> None:
    _, before = await healthy.flightrules("doctor")
    assert "was never seen healthy" in " ".join(before.split())
    assert (await healthy.flightrules("observe"))[0] == 0
    _, after = await healthy.flightrules("doctor")
    assert "was never seen healthy" not in " ".join(after.split())


@pytest.mark.anyio
async def test_doctor_fails_where_the_service_does_not_run(healthy: Stage) -> None:
    healthy.production.ctl("stop")
    status, said = await healthy.flightrules("doctor")
    assert status == 1
    assert "web exited with 1" in said
    assert "connection refused" in said
