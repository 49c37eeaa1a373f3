from __future__ import annotations

import subprocess
import sys

import pytest

from flightrules.adapters.processes import gone, marked

MARK = "from flightrules.adapters.processes import marked; print(marked('x'), flush=True); import sys; sys.stdin.read()"


def test_this_process_is_there() -> None:
    assert not gone(marked("WATCH-1"))


@pytest.mark.parametrize("reaped", [True, False])
def test_a_process_that_was_killed_is_gone_whether_or_not_anybody_asked_for_its_end(*, reaped: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", MARK], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        holder = process.stdout.readline().decode().strip()
        assert not gone(holder)
        process.kill()
        assert process.stdout.read() == b""  # the end of its pipes is the end of it
        if reaped:
            process.wait()
        while not gone(holder):
            assert not reaped


def test_another_process_of_the_same_number_is_not_the_one_that_was() -> None:
    assert gone(marked("WATCH-1") + "0")


@pytest.mark.parametrize("holder", ["", "WATCH-1", "a@b", "x@other-boot/pid:[1]/1/5", "x@/1/5", "x@//", "@"])
def test_what_cannot_be_told_is_there(holder: str) -> None:
    assert not gone(holder)


def test_a_process_of_another_namespace_or_another_boot_is_there() -> None:
    ours = marked("x") + "0"
    assert gone(ours)
    assert not gone(ours.replace("pid:[", "pid:[9"))
    assert not gone(ours.replace("x@", "x@9"))
