from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.adapters.reading.journal import look, outcomes
from flightrules.adapters.reading.unreadable import Unreadable

DONE = b"state=done rc=0 boot=same\n"


def read(data: bytes, *, offset: int = 0) -> object:
    return look(data, offset=offset, most=1_000)


def test_a_finished_operation_is_read() -> None:
    seen = look(DONE + b"step 0 checkout 1000\nstep-end 0 0 2000\n\nHEAD is now\n", offset=7, most=1_000)
    assert (seen.state, seen.exit_status, seen.same_boot) == ("done", 0, True)
    assert (seen.log, seen.next_offset) == ("HEAD is now\n", 7 + 12)
    (step,) = seen.steps
    assert (step.name, step.exit_status, (step.ended_at or step.started_at) > step.started_at) == ("checkout", 0, True)


def test_a_status_that_arrived_meanwhile_is_not_believed_before_the_state() -> None:
    assert look(b"state=running rc=0 boot=same\n\n\n", offset=0, most=10).exit_status is None


def test_an_offset_counts_bytes_as_the_host_has_them() -> None:
    seen = look(DONE + b"\n\n" + "é\x1b[31m".encode(), offset=0, most=1_000)
    assert (seen.log, seen.next_offset) == ("é", 7)


def test_a_last_line_that_is_cut_is_passed_over() -> None:
    (step,) = outcomes("step 0 checkout 1000\nstep-end 0 0 20")[:1]
    assert step.name == "checkout"
    assert outcomes("step 0 checkout 1000\nstep-e")[0].ended_at is None


def test_an_undo_shows_in_its_step() -> None:
    (step,) = outcomes("step 0 checkout 1\nstep-end 0 0 2\nundo 0 undo 3\nundo-end 0 0 4\n")
    assert (step.undone, step.exit_status) == (True, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"state=gone rc= boot=same\n",
        b"state=done rc= boot=same\n\n",
        b"state=done rc=0\n",
        DONE + b"step 0 checkout 1\nnonsense\nstep-end 0 0 2\n\n",
        DONE + b"step-end 0 0 2\n\n",
        DONE + b"step 0 checkout 1\nstep-end 0 fine 2\n\n",
    ],
)
def test_what_the_host_does_not_print_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


@given(
    st.binary()
    | st.lists(st.sampled_from([b"step 0 a 1\n", b"step-end 0 1 2\n", b"undo 9", b"\n", b"x"])).map(b"".join)
)
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    for given_data in (data, DONE + data):
        try:
            read(given_data)
        except Unreadable:
            continue
