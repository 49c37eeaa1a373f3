"""Units as systemd shows them and their journal: what is told, and what is not known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.adapters.runtimes.known import on_host
from flightrules.adapters.runtimes.systemd.journal import TOO_LONG, unit_log
from flightrules.adapters.runtimes.systemd.units import unit_states
from flightrules.service.checkup.host import restart_rows
from flightrules.service.checkup.target import HostSeen
from flightrules.state.claims import Claim
from flightrules.state.evidence import Logs, ServiceState
from flightrules.state.operation import Running, Survey
from flightrules.state.restarting import RestartRight
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import CommandsRuntime, Host, SystemdRuntime, Target

UNITS = SystemdRuntime(units=("web.service", "worker.service"))
HOST = Host(name="web-1", address="web-1", user="deploy", key="~/.ssh/key", host_key="ssh-ed25519 AAAA")
REFUSED = Survey.model_construct(host="web-1", restart=RestartRight(right="no", why="sudo: a password is required"))
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HEAD = "a" * 40

RUNNING = """\
Type=simple
Result=success
NRestarts=3
MainPID=98
ExecMainStartTimestamp=Mon 2026-11-30 12:00:15.077368 UTC
ExecMainStatus=0
Id=web.service
LoadState=loaded
ActiveState=active
SubState=running
ActiveEnterTimestamp=Mon 2026-11-30 12:00:15.078000 UTC
InvocationID=51da0f488f724044a5fb44c21ce94bbf
"""


def shown(**changes: str) -> str:
    """The words of `systemctl show` for a unit that runs, with other values."""
    pairs = dict(line.split("=", 1) for line in RUNNING.splitlines()) | changes
    return "".join(f"{name}={value}\n" for name, value in pairs.items())


def state(**changes: str) -> ServiceState:
    (one,) = unit_states(("web",), shown(**changes))
    return one


def target(runtime: SystemdRuntime | CommandsRuntime) -> Target:
    return Target(name="shop", hosts=(HOST,), app_dir="/srv/repo", runtime=runtime, health_url="http://shop/")


def test_a_unit_that_runs_tells_start_restarts_process_and_run() -> None:
    assert state() == ServiceState(
        service="web",
        state="running",
        started_at=datetime(2026, 11, 30, 12, 0, 15, 77368, tzinfo=UTC),
        restarts=3,
        pid=98,
        invocation="51da0f488f724044a5fb44c21ce94bbf",
    )


def test_an_older_systemd_tells_whole_seconds() -> None:
    at = state(ExecMainStartTimestamp="Mon 2026-11-30 12:00:15 UTC").started_at
    assert at == datetime(2026, 11, 30, 12, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "word", "exit_code"),
    [
        ({"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "ExecMainStatus": "7"}, "exited", 7),
        ({"ActiveState": "inactive", "SubState": "dead"}, "exited", None),
        ({"ActiveState": "inactive", "SubState": "dead", "Type": "oneshot"}, "exited", 0),
        ({"ActiveState": "active", "SubState": "exited", "Type": "oneshot"}, "exited", 0),
        ({"ActiveState": "failed", "SubState": "failed", "Result": "timeout", "Type": "oneshot"}, "exited", None),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, "restarting", None),
        ({"ActiveState": "reloading", "SubState": "reload"}, "running", None),
        ({"LoadState": "not-found", "ActiveState": "inactive"}, "absent", None),
        ({"LoadState": "masked", "ActiveState": "inactive"}, "absent", None),
        ({"LoadState": "bad-setting", "ActiveState": "inactive"}, "unknown", None),
        ({"ActiveState": "something new"}, "unknown", None),
    ],
)
def test_a_unit_that_does_not_run_is_told_from_one_that_has_finished(
    changes: dict[str, str], word: str, exit_code: int | None
) -> None:
    found = state(**changes)
    assert (found.state, found.exit_code) == (word, exit_code)
    assert bool(found.why) == (word == "unknown")


def test_a_unit_that_starts_is_not_healthy_yet() -> None:
    assert state(ActiveState="activating", SubState="start").health == "starting"


def test_units_that_were_not_all_shown_are_not_known() -> None:
    with pytest.raises(Unreadable, match="1 units of 2"):
        unit_states(("web", "worker"), shown())
    failed = Frame("status", 1, 5, b"", b"Failed to connect to bus: No such file or directory\n")
    states = on_host(UNITS).states_or_unknown(Records({"status": failed}, ""))
    assert {(one.service, one.state) for one in states} == {("web", "unknown"), ("worker", "unknown")}
    assert "Failed to connect to bus" in states[0].why


def entry(message: object, at: datetime = NOON) -> bytes:
    micros = int(at.timestamp() * 1_000_000)
    return json.dumps({"MESSAGE": message, "__REALTIME_TIMESTAMP": str(micros)}).encode() + b"\n"


def read(out: bytes, err: bytes = b"", since: datetime | None = None) -> Logs:
    return unit_log("web", Frame("log:web:", 0, 5, out, err), since)


def test_the_journal_gives_lines_with_their_time_and_leaves_older_ones_out() -> None:
    log = read(
        entry("ERROR early", NOON - timedelta(hours=1)) + entry("ERROR boom\n  at line 7") + b"-- No entries --\n",
        since=NOON,
    )
    assert log.text.splitlines() == ["2026-11-30T12:00:00Z ERROR boom", "2026-11-30T12:00:00Z   at line 7"]
    assert log.errors == 1


def test_a_message_that_is_not_text_or_too_long_is_a_line_all_the_same() -> None:
    log = read(entry(list(b"caf\xe9")) + entry(None))
    assert "caf�" in log.text
    assert TOO_LONG in log.text


def test_a_quiet_unit_has_an_empty_log() -> None:
    assert read(b"-- No entries --\n").lines == 0


@pytest.mark.parametrize(
    "said",
    [
        b"Hint: You are currently not seeing messages from other users and the system.\n",
        b"No journal files were opened due to insufficient permissions.\n",
        b"No journal files were found.\n",
    ],
)
def test_a_journal_that_may_not_be_read_is_not_known(said: bytes) -> None:
    with pytest.raises(Unreadable, match="journalctl says"):
        read(b"", said)


def test_an_entry_that_is_not_understood_is_not_known() -> None:
    with pytest.raises(Unreadable, match="not understood"):
        read(b'{"MESSAGE": "no time"}\n')


def claims(before: str, now: ServiceState, began: datetime) -> list[Claim]:
    seen = ServiceState(service="web", state="running", invocation=before)
    survey = Survey.model_construct(host="web-1", services=(seen,))
    running = Running(host="web-1", at=NOON, head=HEAD, branch=None, services=(now,))
    return list(runtime_of(target(UNITS)).claims(survey, running, began))


def test_a_unit_is_proven_by_a_new_run_that_began_after_the_operation() -> None:
    began = NOON + timedelta(seconds=15)
    assert [claim.holds for claim in claims("before", state(), began)] == [True]
    assert [claim.holds for claim in claims("before", state(), began + timedelta(minutes=1))] == [False]
    (same,) = claims(state().invocation, state(), began)
    assert (same.holds, same.got) == (False, "still the run of before")
    (unknown,) = claims("before", state(ExecMainStartTimestamp="", ActiveEnterTimestamp=""), began)
    assert unknown.holds is None


def test_a_start_in_whole_seconds_is_held_against_the_whole_second() -> None:
    whole = state(ExecMainStartTimestamp="Mon 2026-11-30 12:00:15 UTC")
    (claim,) = claims("before", whole, NOON + timedelta(seconds=15, milliseconds=700))
    assert claim.holds


def test_all_units_are_restarted_at_once_and_through_sudo_unless_told_otherwise() -> None:
    assert UNITS.restart == ("sudo", "-n", "systemctl", "restart", "web.service", "worker.service")
    own = SystemdRuntime(units=("web.service",), sudo=False)
    assert own.restart == ("systemctl", "restart", "web.service")


def test_host_setup_and_doctor_name_the_rule_that_sudo_needs() -> None:
    rule = "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart web.service worker.service"
    assert runtime_of(target(UNITS)).sudo_rule("deploy") == rule
    assert runtime_of(target(UNITS)).sudo_rule("root") == ""
    assert runtime_of(target(UNITS.model_copy(update={"sudo": False}))).sudo_rule("deploy") == ""
    (row,) = restart_rows(HostSeen(host=HOST, survey=REFUSED), rule)
    assert (row.state, row.mend.endswith(rule)) == ("FAIL", True)


@pytest.mark.parametrize(
    ("restart", "rule"),
    [
        (("sudo", "/srv/bin/restart", "a=b"), "deploy ALL=(root) NOPASSWD: /srv/bin/restart a\\=b"),
        (("sudo", "-u", "app", "/srv/bin/restart"), ""),
        (("sudo", "restart"), ""),
        (("/srv/bin/restart",), ""),
    ],
)
def test_a_rule_is_named_only_where_it_is_plain(restart: tuple[str, ...], rule: str) -> None:
    own = CommandsRuntime(status=("a",), logs=("b",), restart=restart)
    assert runtime_of(target(own)).sudo_rule("deploy") == rule


def test_a_command_that_prepares_a_folder_needs_folders() -> None:
    with pytest.raises(ValueError, match="needs the layout `releases`"):
        SystemdRuntime(units=("web.service",), prepare=("npm", "ci"))
    with pytest.raises(ValueError, match="needs the layout `releases`"):
        CommandsRuntime(status=("a",), logs=("b",), restart=("c",), prepare=("npm", "ci"))


def test_a_new_folder_is_prepared_before_the_link_leads_to_it_and_stays_locked_until_then() -> None:
    survey = Survey.model_construct(host="web-1", release_folder="", release_folder_taken=False, current_folder="old")
    plain = SystemdRuntime(units=("web.service",), layout="releases")
    steps = list(runtime_of(target(plain.model_copy(update={"prepare": ("npm", "ci")}))).steps(survey, HEAD, "PLAN-1"))
    assert [step.name for step in steps] == ["release", "prepare", "switch", "restart"]
    assert steps[0].argv[-3:] == ("--lock", f"/srv/releases/{HEAD}", HEAD)
    assert (steps[0].undo or ())[-3:] == ("--force", "--force", f"/srv/releases/{HEAD}")
    assert steps[1].argv[-3:] == (f"/srv/releases/{HEAD}", "npm", "ci")
    assert [step.changes for step in steps] == [False, False, False, True]
    assert [step.name for step in runtime_of(target(plain)).steps(survey, HEAD, "PLAN-1")] == [
        "release",
        "switch",
        "restart",
    ]
