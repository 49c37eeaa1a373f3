"""The units of docs/systemd: systemd takes them, their commands exist, and each gets the account and its bounds."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from flightrules.cli.parser import parse

UNITS = Path(__file__).parents[2] / "docs" / "systemd"
OURS = "/usr/local/bin/flightrules"
SHARED = "flightrules-.service.d"
"""Holds for every service whose name begins so."""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they lie after installation, with a program in the place of ours."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    shutil.copytree(UNITS, tmp_path / "units")
    for unit in (tmp_path / "units").glob("*.service"):
        unit.write_text(unit.read_text().replace(OURS, "/bin/true"))
    return tmp_path / "units"


def asked(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words],
        env={"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_systemd_finds_nothing_wrong_with_any_unit(installed: Path) -> None:
    units = [str(unit) for unit in sorted(installed.glob("*.*")) if unit.is_file()]
    assert len(units) == 6
    done = asked(installed, "verify", "--man=no", *units)
    said = [line for line in done.stderr.splitlines() if "flightrules" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("unit", sorted(unit.name for unit in UNITS.glob("*.service")))
def test_a_unit_may_do_little_by_systemd_s_own_measure(unit: str, installed: Path) -> None:
    done = asked(installed, "security", "--offline=yes", "--threshold=25", str(installed / unit))
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_every_command_of_a_unit_is_one_that_the_command_line_takes() -> None:
    text = "\n".join(unit.read_text() for unit in UNITS.glob("*.service"))
    commands = re.findall(rf"^ExecStart={OURS} (.+)$", text, re.MULTILINE)
    assert {parse(shlex.split(command)).command for command in commands} == {"serve", "watch", "doctor", "log"}


def test_every_unit_says_where_it_belongs_and_is_named_in_the_guide() -> None:
    guide = (UNITS.parent / "operations.md").read_text()
    assert SHARED in guide
    for unit in (one for one in UNITS.rglob("*") if one.is_file()):
        assert unit.read_text().startswith(f"# /etc/systemd/system/{unit.relative_to(UNITS)}")
    assert [timer.name for timer in UNITS.glob("*.timer") if timer.name not in guide] == []


def test_the_server_starts_only_with_the_token_that_the_guide_makes_at_install() -> None:
    (kept,) = re.findall(r"^AssertPathExists=(.+)$", (UNITS / "flightrules-serve.service").read_text(), re.MULTILINE)
    guide = (UNITS.parent / "operations.md").read_text()
    (made,) = re.findall(r"^# flightrules (token new .+) >>/etc/flightrules.toml$", guide, re.MULTILINE)
    assert parse(shlex.split(made)).keep == kept
