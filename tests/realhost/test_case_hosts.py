"""Hosts as they are: full disks, locked files, start-up files that read, log drivers that keep nothing."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flightrules.state.target import Target
from sandbox.process import run
from sandbox.sshd import put_behind_gate, start_sshd
from sandbox.toml import dump
from tests.realhost.cases import GATES, Case
from tests.realhost.test_case_checkout import behind, deployed, head, refused, rolled_back
from tests.realhost.test_case_words import deploy, releases, web


@pytest.fixture
def case(case: Case) -> Case:
    return case.stock()


@contextmanager
def mounted(folder: Path, *words: str) -> Iterator[None]:
    run("mount", *words, folder)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@GATES
def test_a_full_disk_is_found_by_doctor_and_plan(case: Case, *, gated: bool) -> None:
    case.put("big.bin", os.urandom(3_000_000))
    case.app.mkdir()
    with mounted(case.app, "-t", "tmpfs", "-o", "size=16m", "tmpfs"):
        case.release("first")
        run("git", "clone", "-q", "--no-checkout", f"file://{case.origin}", ".", cwd=case.app)
        (case.app / ".git" / "logs" / "HEAD").write_text("")
        two = deployed(case, lambda case: case.drop("big.bin"))
        free = os.statvfs(case.app)
        (case.app / "filler").write_bytes(b"\0" * (free.f_bavail * free.f_bsize - 1_000_000))
        said = refused(case, gated=gated)
        assert "No space left on device" in said or "are free" in said
        assert head(case) == two.bad
        assert case.git("status", "--porcelain", "-uno", cwd=case.app) == ""


@GATES
def test_an_immutable_file_is_found_by_doctor_and_plan(case: Case, *, gated: bool) -> None:
    deployed(case, lambda _case: None)
    if subprocess.run(["chattr", "+i", case.app / "a.txt"], check=False).returncode:
        pytest.skip("this file system knows no immutable files")
    try:
        assert "immutable" in refused(case, gated=gated)
    finally:
        run("chattr", "-i", case.app / "a.txt")


@GATES
def test_a_mount_in_the_way_is_found_by_doctor_and_plan(case: Case, *, gated: bool) -> None:
    deployed(case, lambda _case: None)
    with mounted(case.app / "a.txt", "--bind", str(case.folder / "ctl")):
        said = refused(case, gated=gated)
    assert "something is mounted there" in said


@GATES
def test_a_checkout_of_the_owner_that_the_settings_name_is_rolled_back(case: Case, *, gated: bool) -> None:
    case.target["owner"] = "daemon"
    two = deployed(case, lambda _case: None)
    run("chown", "-R", "daemon", case.app)
    rolled_back(case, gated=gated)
    assert (case.app / "a.txt").read_text() == "v1"
    assert run("git", "-c", "safe.directory=*", "-C", case.app, "rev-parse", "HEAD").strip() == two.good


@contextmanager
def logging_in_with(case: Case, rc: str, *, gated: bool) -> Iterator[None]:
    """The same host behind an SSH server whose login shell runs a start-up file of its own first."""
    home = case.folder / "home"
    home.mkdir()
    (home / ".bashrc").write_text(rc)
    sshd = start_sshd(case.folder / "ssh", env={"HOME": str(home)})
    table = tomllib.loads(case.config.read_text())
    try:
        if gated:
            put_behind_gate(sshd.ssh, Target.model_validate(table["targets"][0]))
        facts = {"port": sshd.ssh.port, "key": str(sshd.ssh.key), "host_key": sshd.ssh.host_key}
        table["targets"][0]["hosts"][0] |= facts
        case.config.write_text(dump(table))
        yield
    finally:
        sshd.stop()


@GATES
def test_a_start_up_file_that_prints_is_no_obstacle(case: Case, *, gated: bool) -> None:
    deployed(case, lambda _case: None)
    with logging_in_with(case, "echo 'Welcome, @@flightrules'; echo 'disk is 80 % full' >&2\n", gated=gated):
        rolled_back(case, gated=False)
    assert (case.app / "a.txt").read_text() == "v1"


@GATES
def test_a_start_up_file_that_reads_standard_input_is_found_by_doctor_and_plan(case: Case, *, gated: bool) -> None:
    deployed(case, lambda _case: None)
    with logging_in_with(case, "echo Welcome; cat >/dev/null\n", gated=gated):
        said = refused(case, gated=False)
    assert "reads standard input" in said
    assert (case.app / "a.txt").read_text() == "v2"


@GATES
@pytest.mark.parametrize("driver", ["none", "syslog"])
@pytest.mark.timeout(300)
def test_a_log_driver_that_keeps_nothing_is_unknown_and_never_no_errors(
    case: Case, driver: str, *, gated: bool
) -> None:
    options = {"none": "", "syslog": ", options: {syslog-address: 'udp://127.0.0.1:9', cache-disabled: 'true'}"}
    case.put("compose.yml", web(case, f"    logging: {{driver: {driver}{options[driver]}}}"))
    good, _ = releases(case)
    case.write_compose_settings()
    deploy(case, good)
    with behind(case, gated=gated):
        observed = case.flightrules("observe")
        doctor = case.flightrules("doctor").stdout
    assert observed.returncode, observed.stdout
    assert "unknown  errors stopped in logs: logs could not be read" in observed.stdout + observed.stderr
    assert "FAIL" in next(line for line in doctor.splitlines() if line.startswith("svc: logs"))
