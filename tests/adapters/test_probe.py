"""The evidence program (host/probe.sh) against an engine that misbehaves: each probe loses only itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.adapters.frames import parse
from flightrules.adapters.programs import text
from flightrules.adapters.reading.findings import Records, findings
from flightrules.adapters.runtimes.compose.runtime import ComposeOnHost
from flightrules.state.evidence import Deploys, Finding, Logs, Services, Stats
from flightrules.state.target import CommandsRuntime, ComposeRuntime
from sandbox.process import run, stop_all_in, wait_until
from tests.adapters.host_programs import Here

WEB, WORKER = "a" * 64, "b" * 64
IMAGE = "sha256:" + "c" * 64
RUNTIME = ComposeRuntime(project="shop")

ENGINE = f"""\
case $1 in
  ps) printf '%s\\n' '{WEB} web running' '{WORKER} worker running' ;;
  inspect) for id in {WEB} {WORKER}; do
    printf '{{"id":"%s","service":"web","state":{{"Status":"running"}},"image":"{IMAGE}"}}\\n' "$id"; done ;;
  logs) for word; do :; done; echo "2026-01-05T09:00:00Z ERROR from $word" ;;
  stats) printf '%s\\t1.50%%\\t1.5MiB / 2GiB\\n' {WEB} {WORKER} ;;
esac
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    app, programs = tmp_path / "app", tmp_path / "bin"
    app.mkdir()
    programs.mkdir()
    run("git", "init", "--quiet", "--initial-branch=main", str(app))
    who = ("-c", "user.name=A", "-c", "user.email=a@example")
    run("git", "-C", str(app), *who, "commit", "--quiet", "--allow-empty", "--message", "one")
    (tmp_path / "engine").write_text(ENGINE)
    place(programs, "docker", f'. "{tmp_path}/engine"')
    yield Here(app, {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)})
    stop_all_in(tmp_path)


def place(programs: Path, name: str, text: str) -> None:
    """Put a program in front of the real one."""
    path = programs / name
    path.write_text(f"#!/bin/sh\ncd '{programs}'\n{text}\n")
    path.chmod(0o755)


def collect(here: Here, wanted: tuple[str, ...] = ComposeOnHost.probes, *, limit: int = 5) -> dict[str, Finding]:
    words = ("compose", str(here.app), str(limit), "100", "", ",".join(wanted), "shop")
    _, out, complaint = here.run("probe", *words)
    return {f.probe: f for f in findings("shop-1", RUNTIME, wanted, Records(parse(out), complaint))}


def unreadable(found: dict[str, Finding]) -> dict[str, str]:
    return {probe: finding.why for probe, finding in found.items() if not finding.readable}


def test_everything_is_read_where_nothing_fails(here: Here) -> None:
    found = collect(here)
    assert unreadable(found) == {}
    assert set(found) == {"services", "logs:web", "logs:worker", "stats", "disk", "memory", "deploys"}
    stats, logs, deploys = found["stats"].data, found["logs:web"].data, found["deploys"].data
    assert isinstance(stats, Stats)
    assert {(c.service, c.cpu_percent, c.memory_limit_bytes) for c in stats.containers} == {
        ("web", 1.5, 2**31),
        ("worker", 1.5, 2**31),
    }
    assert isinstance(logs, Logs)
    assert (logs.lines, logs.errors) == (1, 1)
    assert isinstance(deploys, Deploys)
    assert (deploys.branch, len(deploys.commits), len(deploys.deploys)) == ("main", 1, 1)


def test_an_engine_that_hangs_costs_only_what_it_alone_knows(here: Here, tmp_path: Path) -> None:
    place(tmp_path / "bin", "docker", "sleep 60")
    found = collect(here, limit=1)
    assert set(unreadable(found)) == {"services", "logs", "stats"}
    assert "no end within its time limit" in found["services"].why


def test_a_program_that_ignores_the_request_to_end_is_killed(here: Here, tmp_path: Path) -> None:
    place(tmp_path / "bin", "docker", "trap '' TERM; while :; do sleep 0.1; done")
    assert "no end within its time limit" in collect(here, ("services", "disk"), limit=1)["services"].why


def test_a_log_that_hangs_costs_only_itself(here: Here, tmp_path: Path) -> None:
    place(tmp_path / "bin", "docker", f'case "$*" in logs*{WORKER}) sleep 60 ;; esac\n. "{tmp_path}/engine"')
    found = collect(here, limit=1)
    assert set(unreadable(found)) == {"logs:worker"}


def test_a_filesystem_that_hangs_does_not_cost_the_local_ones(here: Here, tmp_path: Path) -> None:
    place(tmp_path / "bin", "df", 'case $# in 2) sleep 60 ;; *) exec /bin/df "$@" ;; esac')
    assert collect(here, ("disk",), limit=1)["disk"].readable


def test_an_engine_that_is_not_there_says_so(here: Here, tmp_path: Path) -> None:
    place(tmp_path / "bin", "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    why = unreadable(collect(here))
    assert why == dict.fromkeys(("services", "logs", "stats"), "exit status 1: Cannot connect to the Docker daemon")


@pytest.mark.parametrize(
    "garbage", ["head -c 5000 /dev/urandom", "echo '{'", "echo", "echo a b c d e", "echo ../x y z"]
)
def test_an_engine_that_prints_something_else_is_unreadable(here: Here, tmp_path: Path, garbage: str) -> None:
    place(tmp_path / "bin", "docker", garbage)
    assert set(unreadable(collect(here))) == {"services", "logs", "stats"}


def test_a_log_without_end_is_bounded_and_its_end_is_kept(here: Here, tmp_path: Path) -> None:
    flood = 'case $1 in logs) yes INFO fine | head -n 3000000; echo ERROR last ;; *) . "$0.engine" ;; esac'
    place(tmp_path / "bin", "docker", flood.replace("$0.engine", f"{tmp_path}/engine"))
    logs = collect(here, ("logs:web",))["logs:web"].data
    assert isinstance(logs, Logs)
    assert logs.errors == 1
    assert logs.text.endswith("ERROR last")
    assert len(logs.text) <= 16_384


def test_a_log_that_looks_like_a_record_stays_a_log(here: Here, tmp_path: Path) -> None:
    forged = "'@@ services 0 0 2 0' '{}' '' '@@ memory 0 0 0 0'"
    place(tmp_path / "bin", "docker", f"case $1 in logs) printf '%s\\n' {forged} ;; *) . '{tmp_path}/engine' ;; esac")
    found = collect(here)
    assert unreadable(found) == {}
    services = found["services"].data
    assert isinstance(services, Services)
    assert len(services.services) == 2


def test_a_service_without_a_container_is_unreadable(here: Here) -> None:
    assert collect(here, ("logs:mailer",))["logs:mailer"].why == "the service has no container"


def test_a_folder_that_is_no_checkout_costs_only_the_deploys(here: Here) -> None:
    run("rm", "-r", str(here.app / ".git"))
    assert set(unreadable(collect(here))) == {"deploys"}


def test_nothing_is_left_behind(here: Here) -> None:
    def scratch() -> set[Path]:
        return {path for place in ("/dev/shm", "/tmp") for path in Path(place).glob("flightrules.*")}  # noqa: S108

    before = scratch()
    collect(here)
    # Other tests on this machine have folders of their own, which come and go: each new one must go, not all at once.
    new = scratch() - before
    assert wait_until(lambda: not new & scratch(), limit_s=20)


REUSED = """
sh -c "$1" probe commands "$2" 1 100 '' services shop 1 hang 1 true </dev/null >/dev/null 2>&1 &
main=$!
sleep 0.7
kill -KILL $main
wait $main
echo $((main - 1)) >/proc/sys/kernel/ns_last_pid
sleep 30 &
stranger=$!
sleep 3.5
if kill -KILL $stranger; then echo "$main $stranger lived"; fi
"""
"""In a world of its own: ends the program by force, and gives its number to another before its time limit is over."""


WORLD = ("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c")
MAY = (
    shutil.which(WORLD[0])
    and not subprocess.run([*WORLD, "[ -w /proc/sys/kernel/ns_last_pid ]"], check=False).returncode
)


@pytest.mark.skipif(not MAY, reason="only root makes a world of its own for process ids")
def test_a_stranger_that_got_the_number_of_a_killed_program_is_left_alone(here: Here, tmp_path: Path) -> None:
    place(tmp_path / "bin", "hang", "exec sleep 30")
    words = (REUSED, "reused", text("probe"), str(here.app))
    ended = subprocess.run([*WORLD, *words], env=here.env, capture_output=True, text=True, check=False, timeout=30)
    assert ended.stdout == "2 2 lived\n", ended.stderr


def test_the_words_of_the_users_own_commands_reach_them_whole(here: Here) -> None:
    runtime = CommandsRuntime(
        service="app",
        status=("sh", "-c", 'test "$1" = "a b"', "status", "a b"),
        logs=("printf", "%s\n", "ERROR $(reboot)", "it's", "*"),
        restart=("true",),
    )
    counted = (str(len(runtime.status)), *runtime.status, str(len(runtime.logs)), *runtime.logs)
    words = ("commands", str(here.app), "5", "100", "", "services,logs", "app", *counted)
    _, out, complaint = here.run("probe", *words)
    services, logs = findings("shop-1", runtime, ("services", "logs"), Records(parse(out), complaint))
    assert isinstance(services.data, Services)
    assert services.data.services[0].state == "running"
    assert isinstance(logs.data, Logs)
    assert logs.data.text == "ERROR $(reboot)\nit's\n*"


@pytest.mark.parametrize(("status", "state"), [("true", "running"), ("false", "exited")])
def test_a_status_command_says_whether_the_service_runs(here: Here, status: str, state: str) -> None:
    services = _commanded(here, status)
    assert isinstance(services.data, Services)
    assert services.data.services[0].state == state


def test_a_status_command_that_is_not_there_says_nothing(here: Here) -> None:
    assert "said nothing" in _commanded(here, "no-such-program").why


def _commanded(here: Here, status: str) -> Finding:
    runtime = CommandsRuntime(service="app", status=(status,), logs=("true",), restart=("true",))
    words = ("commands", str(here.app), "5", "100", "", "services", "app", "1", status, "1", "true")
    _, out, complaint = here.run("probe", *words)
    (services,) = findings("shop-1", runtime, ("services",), Records(parse(out), complaint))
    return services
