from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.process import SandboxError, Started, living_in, run, start, wait_until


def test_a_failed_command_is_named_with_its_status_and_last_words() -> None:
    with pytest.raises(SandboxError, match=r"^sh -c .* ended with 3: no luck$"):
        run("sh", "-c", "echo no luck >&2; exit 3")


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(SandboxError, match=r"^no-such-program is not installed"):
        run("no-such-program")


def test_a_started_process_lives_until_it_is_stopped(tmp_path: Path) -> None:
    process = start("sleep", "60", log=tmp_path / "log")
    assert process.alive()
    process.stop()
    assert not process.alive()


def test_a_process_that_is_deaf_to_the_polite_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done", log=log)
    assert wait_until(lambda: log.exists() and log.read_text() == "deaf\n", limit_s=5)
    process.stop(grace_s=0.2)
    assert not process.alive()


def test_a_later_process_with_the_same_id_is_not_touched(tmp_path: Path) -> None:
    process = start("sleep", "60", log=tmp_path / "log")
    Started(process.pid, process.since - 1).stop()
    assert process.alive()
    process.stop()


def test_a_process_is_found_by_its_working_folder_and_by_its_words(tmp_path: Path) -> None:
    here = start("sh", "-c", 'cd "$1" && exec sleep 60', "sh", tmp_path, log=tmp_path / "log")
    named = start("tail", "-f", tmp_path / "log", log=tmp_path / "log2")
    assert wait_until(lambda: {here.pid, named.pid} <= {found.pid for found in living_in(tmp_path)}, limit_s=5)
    here.stop()
    named.stop()
    assert not list(living_in(tmp_path))


def test_waiting_for_what_never_comes_ends() -> None:
    assert not wait_until(lambda: False, limit_s=0.1)
