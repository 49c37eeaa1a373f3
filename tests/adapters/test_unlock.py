"""host/unlock.sh: a person ends an operation that is stuck; nothing else is ever ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.state.operation import Operation, Step
from sandbox.process import run, stop_all_in, wait_until
from tests.adapters.host_programs import Here


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    app = tmp_path / "app"
    app.mkdir()
    run("git", "init", "--quiet", str(app))
    yield Here(app, {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"})
    stop_all_in(tmp_path)


def operation(ident: str, *argv: str) -> Operation:
    return Operation(
        id=ident,
        incident="INC-7",
        target="shop",
        host="shop-1",
        from_release="b" * 40,
        to_release="a" * 40,
        steps=(Step(name="build", argv=argv, says="do"),),
        who="Ada",
        why="it is down",
    )


def unlock(here: Here, ident: str) -> tuple[int, str, str]:
    status, out, complaint = here.run("unlock", str(here.app), ident, stdin=b"Grace")
    return status, out.decode().strip(), complaint


def stuck(here: Here, ident: str, *, deaf: bool = False) -> None:
    """An operation that never ends, and does not hear SIGTERM where it is deaf."""
    trap = "trap '' TERM; " if deaf else ""
    status, complaint = here.launch(operation(ident, "sh", "-c", f"{trap}while :; do sleep 0.2; done"))
    assert status == 0, complaint
    assert wait_until(lambda: bool(here.look(ident).steps), limit_s=10)


@pytest.mark.parametrize("deaf", [False, True], ids=["hears", "deaf"])
def test_a_stuck_operation_is_ended_and_the_lock_is_free_for_the_next(here: Here, *, deaf: bool) -> None:
    stuck(here, "OP-1", deaf=deaf)
    assert unlock(here, "OP-1")[:2] == (0, "broken killed")
    assert here.look("OP-1").state == "lost"
    assert (here.base / "holder").read_text() == ""
    here.launch(operation("OP-2", "true"))
    assert here.ended("OP-2").exit_status == 0


def test_who_broke_it_stands_in_the_audit_log(here: Here) -> None:
    stuck(here, "OP-1")
    unlock(here, "OP-1")
    assert "OP-1\t-\tGrace\tlock broken, operation killed" in (here.base / "audit.log").read_text()


def test_an_operation_that_has_died_is_said_to_be_dead_and_only_its_name_is_cleared(here: Here) -> None:
    stuck(here, "OP-1")
    here.kill("OP-1", group=True)
    assert wait_until(lambda: here.look("OP-1").state == "lost", limit_s=10)
    assert unlock(here, "OP-1")[:2] == (0, "broken dead")
    assert (here.base / "holder").read_text() == ""


def test_a_dead_operation_is_cleared_away_without_the_name_of_the_one_that_runs_now(here: Here) -> None:
    stuck(here, "OP-1")
    here.kill("OP-1", group=True)
    stuck(here, "OP-2")
    assert unlock(here, "OP-1")[:2] == (0, "broken dead")
    assert (here.base / "holder").read_text().startswith("operation OP-2 ")


def test_an_operation_that_ended_by_itself_is_left_alone(here: Here) -> None:
    here.launch(operation("OP-1", "true"))
    here.ended("OP-1")
    status, _, complaint = unlock(here, "OP-1")
    assert status == 1
    assert "has ended" in complaint


@pytest.mark.parametrize("ident", ["OP-9", "../OP-1", "", "a b", "$(id)"])
def test_an_operation_that_is_not_there_is_refused(here: Here, ident: str) -> None:
    status, _, complaint = unlock(here, ident)
    assert status in (1, 64)
    assert "operation" in complaint


def test_another_operation_of_the_same_host_is_never_touched(here: Here) -> None:
    stuck(here, "OP-1")
    here.launch(operation("OP-2", "true"))
    assert here.ended("OP-2").exit_status == 75
    assert unlock(here, "OP-2")[0] == 1
    assert here.look("OP-1").state == "running"
