"""`flightrules doctor --client` as somebody types it: it speaks to the server as that client would."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from flightrules.cli import main
from tests.cli.stage import Stage, stage
from tests.server.process import environment

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return stage(tmp_path)


def set_up(at: Stage, *words: str) -> None:
    """The client's file, with this server in it."""
    entry = {"command": words[0], "args": words[1:], "env": {"PYTHONPATH": environment()["PYTHONPATH"]}}
    (at.folder / ".mcp.json").write_text(json.dumps({"mcpServers": {"flightrules": entry}}))


def test_a_client_that_is_set_up_right_is_told_so_in_both_protocols(at: Stage, capsys: Capture) -> None:
    set_up(at, sys.executable, "-m", "flightrules.cli", "--config", str(at.config), "serve")
    assert main(["doctor", "--client", "claude"]) == 0
    told = capsys.readouterr().out
    assert told.count("incident_status answers") == 2
    assert "0 FAIL" in told


def test_a_client_whose_settings_file_is_named_wrong_hears_what_the_server_says(at: Stage, capsys: Capture) -> None:
    set_up(at, sys.executable, "-m", "flightrules.cli", "--config", "nowhere.toml", "serve")
    assert main(["doctor", "--client", "claude"]) == 1
    assert "flightrules init" in capsys.readouterr().out


def test_a_command_that_is_not_there_is_a_failure_and_no_traceback(at: Stage, capsys: Capture) -> None:
    set_up(at, "/nowhere/flightrules", "serve")
    assert main(["doctor", "--client", "claude"]) == 1
    assert "FAIL" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_named(at: Stage, capsys: Capture) -> None:
    (at.folder / ".mcp.json").write_text("{")
    assert main(["doctor", "--client", "claude"]) == 1
    assert "client add claude" in " ".join(capsys.readouterr().out.split())
