"""The demo as somebody runs it who has just cloned the repository, on a machine without containers."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.demo import verdict
from sandbox.demo_end import Outcome
from sandbox.demo_screen import Screen
from sandbox.process import living_in, wait_until

ROOT = Path(__file__).parents[2]
TOOLS = ("open_incident", "assess", "classify", "decide", "verify", "rollback", "write_report", "report_to_planner")


@contextmanager
def demo(folder: Path, *words: str, path: str | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run the demo with its temporary files in a folder."""
    env = os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"} | ({"PATH": path} if path else {})
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.demo", *words],
        cwd=ROOT,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("channel", ["elicitation", "cli"])
def test_a_whole_incident_is_played_and_leaves_nothing_behind(tmp_path: Path, channel: str) -> None:
    options = [] if channel == "elicitation" else ["--no-elicitation"]
    with demo(tmp_path, "--runtime", "commands", *options) as process:
        said, _ = process.communicate(timeout=90)
    assert process.returncode == 0, said
    assert "FAIL" not in said
    assert "\033" not in said
    assert [tool for tool in TOOLS if f"agent> {tool}(" not in said] == []
    assert "refused (out_of_order): `verify` is not legal in phase decided" in said
    assert "**Approve this rollback?**" in said
    assert f"channel {channel} proves" in said
    assert "# Incident Report - INC-" in said
    assert list(tmp_path.iterdir()) == []
    assert list(living_in(tmp_path)) == []


def test_stopped_midway_it_takes_everything_down(tmp_path: Path) -> None:
    with demo(tmp_path, "--runtime", "commands") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("agent> rollback("):
                break
        assert list(living_in(tmp_path))
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the demo was stopped" in said
    assert wait_until(lambda: list(living_in(tmp_path)) == [], limit_s=10)
    assert list(tmp_path.iterdir()) == []


def test_asked_for_containers_that_cannot_be_had_it_says_so_and_fails(tmp_path: Path) -> None:
    with demo(tmp_path, "--runtime", "compose", path=str(tmp_path)) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "no Docker engine answers" in said


def test_one_thing_that_does_not_hold_makes_the_demo_fail() -> None:
    out = io.StringIO()
    screen = Screen.on(out)
    assert verdict(screen, (Outcome("this", holds=True), Outcome("that", holds=False)), 1.0) == 1
    assert "FAIL that" in out.getvalue()
    assert verdict(screen, (Outcome("this", holds=True),), 1.0) == 0


def test_colours_are_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Screen.on(Terminal()).colours
    assert not Screen.on(io.StringIO()).colours
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Screen.on(Terminal()).colours
