"""The detached runner (host/launch.sh, host/look.sh): at most once, journaled, honest about what it does not know."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightrules.adapters.frames import parse
from flightrules.adapters.script import script
from flightrules.errors import Defect
from flightrules.state.operation import Operation, Step
from sandbox.process import run, stop_all_in, unmount, wait_until
from tests.adapters.host_programs import Here

_numbers = count(1)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    app = tmp_path / "app"
    app.mkdir()
    run("git", "init", "--quiet", str(app))
    yield Here(app, {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"})
    stop_all_in(tmp_path)


def step(*argv: str, undo: tuple[str, ...] | None = None, changes: bool = False, **env: str) -> Step:
    return Step(name="build", argv=argv, undo=undo, changes=changes, env=tuple(env.items()), says="do")


def operation(*steps: Step, ident: str = "", who: str = "Ada") -> Operation:
    return Operation(
        id=ident or f"OP-{next(_numbers)}",
        incident="INC-7",
        target="shop",
        host="shop-1",
        from_release="b" * 40,
        to_release="a" * 40,
        steps=steps,
        who=who,
        why="it is down",
    )


def until(path: Path) -> Step:
    """A step that lasts until a file appears; the same name with `.runs` behind it says that it has begun."""
    return step("sh", "-c", ': >"$1.runs"; until [ -e "$1" ]; do sleep 0.02; done', "until", str(path))


def started(here: Here, ident: str) -> None:
    assert wait_until(lambda: bool(here.look(ident).steps), limit_s=10)


def test_steps_run_in_order_in_the_apps_folder_and_are_journaled(here: Here) -> None:
    done = operation(step("sh", "-c", "pwd; echo one"), step("echo", "two"))
    assert here.launch(done)[0] == 0
    look = here.ended(done.id)
    assert (look.state, look.exit_status, look.log) == ("done", 0, f"{here.app}\none\ntwo\n")
    assert [(s.index, s.name, s.exit_status) for s in look.steps] == [(0, "build", 0), (1, "build", 0)]
    assert all(s.ended_at is not None and s.started_at <= s.ended_at for s in look.steps)


def test_a_look_that_may_wait_sees_the_end_when_it_comes_and_no_sooner_than_it_must(here: Here, tmp_path: Path) -> None:
    one = operation(until(tmp_path / "go"))
    here.launch(one)
    started(here, one.id)
    words = (str(here.app), one.id, "0", "1000")
    assert b"state=running " in here.run("look", *words, "0.1")[1]
    with here.start("look", *words, "60") as waiting:
        assert not wait_until(lambda: waiting.poll() is not None, limit_s=0.3)
        (tmp_path / "go").touch()
        out, _ = waiting.communicate(timeout=20)
    assert b"state=done rc=0 " in out
    assert b"state=done rc=0 " in here.run("look", *words, "60")[1]
    assert here.run("look", *words, "-1")[0] == 64
    assert here.run("look", str(here.app), "OP-nowhere", "0", "1000", "60")[1].startswith(b"state=absent")


def test_racing_submits_of_one_operation_run_it_once(here: Here, tmp_path: Path) -> None:
    for number in range(5):
        mark = tmp_path / f"ran-{number}"
        one = operation(step("sh", "-c", 'echo ran >>"$1"', "mark", str(mark)))
        plan = script(one).encode()
        words = (str(here.app), one.id, hashlib.sha256(plan).hexdigest())
        racers = [here.start("launch", *words) for _ in range(8)]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write(plan)
            racer.stdin.flush()
        for racer in racers:
            racer.communicate(timeout=20)
        assert [racer.returncode for racer in racers] == [0] * len(racers)
        assert here.ended(one.id).exit_status == 0
        assert mark.read_text() == "ran\n"
    assert [path.name for path in (here.base / "ops").iterdir() if path.name.startswith(".new")] == []


@pytest.mark.parametrize("cut", [1, 20, 10_000])
def test_a_plan_that_did_not_arrive_whole_is_refused_and_leaves_nothing(here: Here, cut: int) -> None:
    one = operation(step("echo", "no"))
    status, complaint = here.launch(one, cut=min(cut, len(script(one))))
    assert (status, complaint.strip()) == (65, "the plan did not arrive whole")
    assert list((here.base / "ops").iterdir()) == []
    assert here.look(one.id).state == "absent"


def test_an_id_that_was_used_for_another_plan_is_refused(here: Here) -> None:
    one = operation(step("echo", "first"))
    here.launch(one)
    here.ended(one.id)
    status, complaint = here.launch(operation(step("echo", "second"), ident=one.id))
    assert status == 66
    assert one.id in complaint
    assert here.look(one.id).log == "first\n"


@pytest.mark.requirement("APP-first-step")
def test_an_operation_is_not_begun_once_its_time_has_come_but_one_that_began_is_taken_again(here: Here) -> None:
    one = operation(step("echo", "ran"))
    status, complaint = here.launch(one, until=str(int(time.time())))
    assert (status, complaint.strip()) == (67, "it may not begin any more")
    assert here.look(one.id).state == "absent"
    assert here.launch(one, until=str(int(time.time()) + 60))[0] == 0
    assert here.ended(one.id).log == "ran\n"
    assert here.launch(one, until="1")[0] == 0
    assert here.look(one.id).log == "ran\n"


@pytest.mark.parametrize("ident", ["", "../x", "a b", "a;b", "$(x)", "a/b"])
def test_an_id_that_is_none_is_refused(here: Here, ident: str) -> None:
    assert here.run("launch", str(here.app), ident, "0" * 64)[0] == 64
    assert here.run("look", str(here.app), ident, "0", "10")[0] == 64


def test_a_folder_that_is_no_checkout_is_refused(here: Here, tmp_path: Path) -> None:
    status, _, complaint = here.run("launch", str(tmp_path), "OP-1", "0" * 64)
    assert status == 69
    assert str(tmp_path) in complaint


def test_an_operation_whose_runner_is_killed_counts_as_running_while_its_step_lives(here: Here, tmp_path: Path) -> None:
    one = operation(until(tmp_path / "go"))
    here.launch(one)
    # The journal names a step before it is started: killed between the two, nothing of it would live.
    assert wait_until((tmp_path / "go.runs").exists, limit_s=10)
    here.kill(one.id, group=False)
    assert [here.look(one.id).state for _ in range(5)] == ["running"] * 5
    (tmp_path / "go").touch()
    look = here.ended(one.id)
    assert (look.state, look.exit_status) == ("lost", None)
    assert [s.exit_status for s in look.steps] == [0]


def test_an_operation_that_is_killed_is_lost_and_never_run_again(here: Here, tmp_path: Path) -> None:
    one = operation(until(tmp_path / "go"))
    here.launch(one)
    started(here, one.id)
    here.kill(one.id, group=True)
    lost = here.ended(one.id)
    assert (lost.state, [s.ended_at for s in lost.steps]) == ("lost", [None])
    (tmp_path / "go").touch()
    assert here.launch(one)[0] == 0
    assert here.ended(one.id) == lost
    other = operation(step("true"))
    here.launch(other)
    assert here.ended(other.id).exit_status == 0


def test_a_second_operation_is_turned_away_and_told_who_holds_the_target(here: Here, tmp_path: Path) -> None:
    first, second = operation(until(tmp_path / "go"), who="Grace Hopper"), operation(step("echo", "never"))
    here.launch(first)
    started(here, first.id)
    here.launch(second)
    look = here.ended(second.id)
    assert (look.exit_status, look.steps) == (75, ())
    assert f"busy: operation {first.id} of incident INC-7, approved by Grace Hopper, since " in look.log
    (tmp_path / "go").touch()
    assert here.ended(first.id).exit_status == 0
    assert (here.base / "holder").read_text() == ""


def test_a_failed_step_is_undone_and_so_are_the_finished_ones_backwards(here: Here) -> None:
    one = operation(
        step("echo", "one", undo=("echo", "undo one")),
        step("echo", "two"),
        step("echo", "three", undo=("echo", "undo three")),
        step("sh", "-c", "exit 7", undo=("echo", "undo of what failed")),
        step("echo", "never"),
    )
    here.launch(one)
    look = here.ended(one.id)
    assert look.exit_status == 7
    assert look.log.splitlines() == ["one", "two", "three", "undo of what failed", "undo three", "undo one"]
    assert [s.undone for s in look.steps] == [True, False, True, True]


def test_an_undo_that_fails_is_not_called_undone(here: Here) -> None:
    one = operation(step("true", undo=("false",)), step("false"))
    here.launch(one)
    look = here.ended(one.id)
    assert (look.exit_status, [s.undone for s in look.steps]) == (1, [False, False])


def test_once_a_step_that_changes_something_began_nothing_is_undone(here: Here) -> None:
    one = operation(step("true", undo=("echo", "undone")), step("false", changes=True), step("echo", "never"))
    here.launch(one)
    look = here.ended(one.id)
    assert (look.exit_status, look.log, [s.undone for s in look.steps]) == (1, "", [False, False])


def test_a_daemon_that_a_step_leaves_behind_does_not_hold_the_locks(here: Here, tmp_path: Path) -> None:
    daemon = 'setsid sh -c \'cd "$1"; exec sleep 60\' daemon "$1" >/dev/null 2>&1 & echo left'
    one = operation(step("sh", "-c", daemon, "start", str(tmp_path)))
    here.launch(one)
    assert here.ended(one.id).exit_status == 0
    other = operation(step("true"))
    here.launch(other)
    assert here.ended(other.id).exit_status == 0


def test_a_step_keeps_the_callers_umask_and_locale_and_gets_its_own_variables(here: Here) -> None:
    hostile = "a 'b' \"c\" $(reboot) `x`\n\\ *"
    one = operation(step("sh", "-c", 'umask; printf "%s|%s" "$LC_ALL" "$VALUE"', VALUE=hostile))
    here.launch(one)
    assert here.ended(one.id).log == f"{run('sh', '-c', 'umask')}C.UTF-8|{hostile}"
    assert (here.base / "ops" / one.id).stat().st_mode & 0o777 == 0o700


def test_looking_all_the_time_keeps_no_operation_from_starting(here: Here) -> None:
    names = [f"HAMMER-{number}" for number in range(15)]
    looks = 'while [ ! -e "$0/stop" ]; do for id in "$@"; do flock -s -n "$0/ops/$id/run.lock" true; done; done'
    (here.base / "ops").mkdir(parents=True)
    with subprocess.Popen(["sh", "-c", looks, str(here.base), *names], stderr=subprocess.DEVNULL) as hammer:
        for name in names:
            here.launch(operation(step("true"), ident=name))
        ended = [here.ended(name) for name in names]
        (here.base / "stop").touch()
        hammer.wait(10)
    assert [look.exit_status for look in ended] == [0] * len(names)


def test_an_operation_that_arrived_and_did_not_start_is_claimed_and_can_be_launched_again(here: Here) -> None:
    one = operation(step("echo", "ran"))
    here.launch(one)
    here.ended(one.id)
    folder = here.base / "ops" / one.id
    for name in ("rc", "started", "journal", "log"):
        (folder / name).unlink()
    (folder / "journal").touch()
    (folder / "log").touch()
    assert here.look(one.id).state == "claimed"
    here.launch(one)
    assert here.ended(one.id).log == "ran\n"


def test_an_operation_of_an_earlier_boot_is_lost(here: Here, tmp_path: Path) -> None:
    one = operation(until(tmp_path / "go"))
    here.launch(one)
    started(here, one.id)
    here.kill(one.id, group=True)
    mark = here.base / "ops" / one.id / "started"
    mark.write_text(" ".join([*mark.read_text().split()[:2], "another-boot"]) + "\n")
    look = here.ended(one.id)
    assert (look.state, look.same_boot) == ("lost", False)


def test_that_it_started_is_on_the_disk_before_the_first_step_so_that_a_power_cut_cannot_forget_it(
    here: Here, tmp_path: Path
) -> None:
    noting = tmp_path / "bin" / "sync"
    noting.parent.mkdir()
    ops = here.base / "ops"
    noting.write_text(f'#!/bin/sh\n[ ! -e {ops}/OP-1/started ] || printf "%s\\n" "$@" >>{tmp_path}/synced\n')
    noting.chmod(0o755)
    careful = Here(here.app, {**here.env, "PATH": f"{noting.parent}:{here.env['PATH']}"})
    careful.launch(operation(step("cp", str(tmp_path / "synced"), str(tmp_path / "before")), ident="OP-1"))
    careful.ended("OP-1")
    assert {str(ops), str(ops / "OP-1")} <= set((tmp_path / "before").read_text().splitlines())


def test_a_log_is_read_in_pieces_that_make_the_whole(here: Here) -> None:
    one = operation(step("seq", "1", "2000"))
    here.launch(one)
    whole = here.ended(one.id)
    pieces, offset = "", 0
    while (piece := here.look(one.id, offset, most=777)).log:
        pieces, offset = pieces + piece.log, piece.next_offset
    assert (pieces, offset) == (whole.log, whole.next_offset)


def test_every_act_leaves_a_line_for_people(here: Here) -> None:
    one = operation(step("true", undo=("true",)), step("false"), who="Ada\n\tLovelace")
    here.launch(one)
    here.ended(one.id)
    lines = [line.split("\t") for line in (here.base / "audit.log").read_text().splitlines()]
    assert {tuple(fields[1:4]) for fields in lines} == {(one.id, "INC-7", "Ada Lovelace")}
    assert [fields[4] for fields in lines] == [
        "started",
        "step 0 build started",
        "step 0 build ended with exit status 0",
        "step 1 build started",
        "step 1 build ended with exit status 1",
        "step 0 is undone",
        "undo of step 0 ended with exit status 0",
        "ended with exit status 1",
    ]


def test_a_step_that_cannot_be_journaled_is_not_run(here: Here, tmp_path: Path) -> None:
    one = operation(until(tmp_path / "go"), step("touch", str(tmp_path / "ran")))
    here.launch(one)
    started(here, one.id)
    journal = here.base / "ops" / one.id / "journal"
    journal.unlink()
    journal.mkdir()
    (tmp_path / "go").touch()
    rc = here.base / "ops" / one.id / "rc"
    assert wait_until(rc.exists, limit_s=10)
    assert rc.read_text() == "74\n"
    assert not (tmp_path / "ran").exists()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_every_word_of_a_step_reaches_the_host_as_it_is(words: list[str]) -> None:
    plan = script(operation(step("printf", *words)))
    shell = shutil.which("sh")
    assert shell is not None
    text = f"about() {{ :; }}\nstep() {{ shift 3; printf '%s\\0' \"$@\"; }}\n{plan}"
    printed = subprocess.run([shell], input=text.encode(), capture_output=True, check=True).stdout
    assert printed.decode().split("\0")[:-1] == ["printf", *words]


@pytest.mark.parametrize(
    "bad",
    [
        step("-c", "x"),
        step("A=b", "x"),
        step("", "x"),
        step("echo", "a\0b"),
        Step(name="up", argv=("true",), env=(("A B", "c"),), says="x"),
        Step(name="up", argv=("true",), env=(("-i", "c"),), says="x"),
    ],
)
def test_a_step_that_could_not_run_as_written_is_a_defect(bad: Step) -> None:
    with pytest.raises(Defect):
        script(operation(bad))


@pytest.fixture
def full(here: Here) -> Iterator[Here]:
    """A checkout on a disk of a megabyte."""
    if os.geteuid() != 0 or subprocess.run(mount(here.app), check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    run("git", "init", "--quiet", str(here.app))
    yield here
    stop_all_in(here.app)
    unmount(here.app)


def mount(place: Path) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]


def test_an_operation_that_fills_the_disk_still_has_an_end(full: Here) -> None:
    one = operation(step("sh", "-c", "cat /dev/zero >full; exit 3"), step("echo", "never"))
    full.launch(one)
    look = full.ended(one.id)
    assert (look.state, look.exit_status) == ("done", 3)
    status, complaint = full.launch(operation(step("true")))
    assert status != 0
    assert complaint
    (full.app / "full").unlink()
    other = operation(step("true"))
    full.launch(other)
    assert full.ended(other.id).exit_status == 0


def test_evidence_is_collected_on_a_full_disk(full: Here) -> None:
    subprocess.run(["sh", "-c", 'cat /dev/zero >"$0"', str(full.app / "full")], check=False, capture_output=True)
    counted = ("1", "true", "1", "true")
    words = ("commands", str(full.app), "5", "10", "", "services,disk,memory", "app", *counted)
    status, out, complaint = full.run("probe", *words)
    assert status == 0, complaint
    frames = parse(out)
    assert {name for name, frame in frames.items() if frame.status == 0} == {"disk", "inodes", "memory", "status"}
