"""Output and exit statuses of the user's own commands; a failure of theirs is not a failure of the service."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.findings import Records, findings
from flightrules.adapters.reading.logs import MOST_LOG
from flightrules.adapters.runtimes.known import on_host
from flightrules.state.evidence import Finding, Logs, Services
from flightrules.state.target import CommandsRuntime

OWN = CommandsRuntime(service="web", status=("ctl", "status"), logs=("ctl", "logs"), restart=("ctl", "restart"))


def seen(  # noqa: PLR0913 - a command, what it printed, and what was asked for
    probe: str,
    status: int,
    out: str = "",
    err: str = "",
    *,
    runtime: CommandsRuntime = OWN,
    since: datetime | None = None,
) -> Finding:
    name = "status" if probe == "services" else "log:web:"
    frame = Frame(name, status, 10, out.encode(), err.encode())
    (found,) = findings("web-1", runtime, (probe,), Records({name: frame}, ""), since=since)
    return found


DOWN = {
    "systemctl is-active": (3, "inactive\n", ""),
    "systemctl, with a warning": (3, "inactive\n", "Warning: The unit file changed on disk."),
    "supervisorctl": (3, "web   STOPPED   Jan 05 09:00 AM\n", ""),
    "a silent script": (1, "", ""),
    "kill -0": (1, "", "sh: 1: kill: No such process"),
    "LSB, dead with a pid file": (1, "web is dead but pid file exists\n", ""),
    "LSB, dead with a lock file": (2, "", "web is not running"),
}
CANNOT_TELL = {
    "no user bus": (1, "", "Failed to connect to bus: No medium found"),
    "no supervisor socket": (4, "unix:///var/run/supervisor.sock no such file\n", ""),
    "no supervisor socket, older": (2, "error: <class 'FileNotFoundError'>, No such file or directory\n", ""),
    "no such unit": (4, "", "Unit web.service could not be found."),
    "no systemd": (1, "", "System has not been booted with systemd as init system (PID 1). Can't operate."),
    "sudo": (1, "", "sudo: a password is required"),
    "pm2 is missing": (127, "", "sh: 1: pm2: not found"),
    "not executable": (126, "", "sh: 1: /srv/ctl: Permission denied"),
    "no end": (124, "", ""),
    "killed": (137, "", ""),
    "ended by a signal": (143, "", ""),
    "no engine": (1, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."),
    "a status of its own": (7, "", ""),
    "LSB, unknown": (4, "", ""),
    "runs, but could not ask": (0, "", "Failed to connect to bus: Connection refused"),
}


@pytest.mark.parametrize("case", DOWN)
def test_a_service_that_does_not_run_is_down(case: str) -> None:
    data = seen("services", *DOWN[case]).data
    assert isinstance(data, Services)
    assert data.services[0].state == "exited"


@pytest.mark.requirement("EVI-unknown-is-neither")
@pytest.mark.parametrize("case", CANNOT_TELL)
def test_a_status_command_that_fails_itself_says_nothing_about_the_service(case: str) -> None:
    status, out, err = CANNOT_TELL[case]
    found = seen("services", status, out, err)
    assert found.data is None
    assert (err or out).strip().rstrip(".") in found.why


@pytest.mark.requirement("EVI-unknown-is-neither")
def test_what_runs_is_unknown_with_the_reason_of_the_status_command() -> None:
    frame = Frame("status", 1, 10, b"", b"Failed to connect to bus: No medium found")
    (state,) = on_host(OWN).states_or_unknown(Records({"status": frame}, ""))
    assert state.state == "unknown"
    assert "No medium found" in state.why


def test_the_settings_may_name_what_means_down() -> None:
    runtime = OWN.model_copy(update={"down_statuses": (7,)})
    down = seen("services", 7, "", "gone", runtime=runtime).data
    assert isinstance(down, Services)
    assert down.services[0].exit_code == 7
    assert seen("services", 3, "", "", runtime=runtime).data is None


HINT = "Hint: You are currently not seeing messages from other users and the system."


@pytest.mark.requirement("EVI-unknown-is-neither")
@pytest.mark.parametrize(
    ("out", "err"),
    [
        ("-- No entries --\n", HINT),
        ("2026-01-05T09:00:00Z INFO mine\n", HINT),
        ("", "No journal files were opened due to insufficient permissions."),
        ("", "tail: cannot open '/var/log/web.log' for reading: Permission denied"),
        ("", "ERROR gone"),
    ],
)
def test_a_log_that_may_not_be_read_is_unreadable_although_the_command_ends_well(out: str, err: str) -> None:
    found = seen("logs", 0, out, err)
    assert found.data is None
    assert err in found.why


def test_an_empty_log_is_a_log() -> None:
    data = seen("logs", 0, "-- No entries --\n").data
    assert isinstance(data, Logs)
    assert (data.lines, data.cut) == (0, "")


@pytest.mark.requirement("EVI-unknown-is-neither")
def test_a_log_that_was_cut_says_so() -> None:
    line = "2026-01-05T09:00:00Z INFO fine\n"
    data = seen("logs", 0, line * (MOST_LOG // len(line) + 1)).data
    assert isinstance(data, Logs)
    assert data.cut == "only the last 256 KiB were read"
    beside = seen("logs", 0, line, "Warning: Journal has been rotated since unit was started.").data
    assert isinstance(beside, Logs)
    assert "Journal has been rotated" in beside.cut


@pytest.mark.requirement("EVI-unknown-is-neither")
def test_a_command_that_prints_fewer_lines_than_are_asked_for_says_so() -> None:
    runtime = OWN.model_copy(update={"logs": ("journalctl", "-u", "web", "-n", "3")})
    lines = "".join(f"2026-01-05T09:00:0{n}Z INFO fine\n" for n in range(3))
    late = seen("logs", 0, lines, runtime=runtime, since=datetime(2026, 1, 5, 8, tzinfo=UTC)).data
    early = seen("logs", 0, lines, runtime=runtime, since=datetime(2026, 1, 5, 9, tzinfo=UTC)).data
    assert isinstance(late, Logs)
    assert isinstance(early, Logs)
    assert (bool(late.cut), bool(early.cut)) == (True, False)
