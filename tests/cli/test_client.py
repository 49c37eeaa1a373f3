"""`flightrules client add` as somebody types it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from flightrules.cli import main
from flightrules.cli.client import SHAPES
from flightrules.cli.parser import built

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = tmp_path / "flightrules.toml"
    path.write_text("")
    return path


def entry_of(path: Path, name: str) -> dict[str, object]:
    text = path.read_text()
    whole = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    entry: dict[str, object] = whole[SHAPES[name].table]["flightrules"]
    return entry


@pytest.mark.parametrize("name", SHAPES)
def test_each_client_gets_absolute_paths_in_its_own_file(name: str, settings: Path) -> None:
    assert main(["client", "add", name, "--write"]) == 0
    path = settings.parent / SHAPES[name].file.replace("~", "home", 1)
    entry = entry_of(path, name)
    args = entry["args"]
    assert isinstance(args, list)
    assert args[-3:] == ["--config", str(settings), "serve"]
    assert Path(str(entry["command"])).is_absolute()


def test_other_servers_and_settings_of_a_client_stay(settings: Path) -> None:
    path = settings.parent / ".cursor" / "mcp.json"
    path.parent.mkdir()
    path.write_text('{"mcpServers": {"other": {"command": "x"}}, "theme": "dark"}')
    assert main(["client", "add", "cursor", "--write"]) == 0
    whole = json.loads(path.read_text())
    assert whole["theme"] == "dark"
    assert list(whole["mcpServers"]) == ["other", "flightrules"]


def test_a_toml_file_keeps_its_comments(settings: Path) -> None:
    path = settings.parent / "config.toml"
    path.write_text("# mine\n[mcp_servers.other]\ncommand = 'x'\n")
    assert main(["client", "add", "codex", "--write", "--file", str(path)]) == 0
    assert path.read_text().startswith("# mine\n")
    assert list(tomllib.loads(path.read_text())["mcp_servers"]) == ["other", "flightrules"]
    assert main(["client", "add", "codex", "--write", "--file", str(path)]) == 1


def test_a_file_with_comments_is_left_alone_and_the_lines_are_shown(settings: Path, capsys: Capture) -> None:
    path = settings.parent / "settings.json"
    path.write_text("{\n  // mine\n}")
    assert main(["client", "add", "zed", "--write", "--file", str(path)]) == 1
    assert path.read_text() == "{\n  // mine\n}"
    assert '"context_servers"' in capsys.readouterr().err


def test_without_write_the_configuration_is_printed_and_nothing_is_written(settings: Path, capsys: Capture) -> None:
    assert main(["client", "add", "claude"]) == 0
    out = capsys.readouterr().out
    assert "claude mcp add flightrules -- " in out
    assert str(settings) in out
    assert not (settings.parent / ".mcp.json").exists()


def test_the_parser_offers_every_client() -> None:
    for name in SHAPES:
        assert built().parse_args(["client", "add", name]).client == name
