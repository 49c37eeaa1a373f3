from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flightrules.adapters.frames import Frame, parse
from flightrules.adapters.programs import GREETING, answer

NAMES = st.from_regex(r"[A-Za-z0-9_.:-]{1,20}", fullmatch=True)
BODIES = st.binary(max_size=50) | st.just(b"\n@@ services 0 0 0 0\n")


def record(name: str, out: bytes, err: bytes, *, status: int = 0) -> bytes:
    return b"@@ %s %d 12 %d %d\n%s%s\n" % (name.encode(), status, len(out), len(err), out, err)


@given(st.dictionaries(NAMES, st.tuples(BODIES, BODIES), max_size=5))
def test_every_whole_record_is_read_whatever_it_holds(records: dict[str, tuple[bytes, bytes]]) -> None:
    data = b"".join(record(name, out, err) for name, (out, err) in records.items())
    assert {name: (frame.out, frame.err) for name, frame in parse(data).items()} == records


@given(st.integers(min_value=0, max_value=200))
def test_a_record_that_was_cut_is_not_there(size: int) -> None:
    whole = record("one", b"a" * 40, b"b") + record("two", b"c" * 40, b"")
    first = len(record("one", b"a" * 40, b"b"))
    found = set(parse(whole[:size]))
    assert found == ({"one", "two"} if size >= len(whole) else {"one"} if size >= first else set())


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert isinstance(parse(data), dict)


def test_a_length_that_is_a_lie_ends_the_reading() -> None:
    assert parse(b"@@ one 0 1 5 0\nabc\n" + record("two", b"", b"")) == {}
    assert parse(b"@@ one 0 1 9999999999 0\nabc\n") == {}


def test_the_first_record_of_a_name_counts() -> None:
    assert parse(record("one", b"real", b"") + record("one", b"forged", b""))["one"].out == b"real"


def test_why_a_probe_failed_is_its_last_complaint() -> None:
    assert Frame("x", 0, 1, b"", b"warning").why == ""
    assert Frame("x", 3, 1, b"out", b"one\ntwo\n").why == "exit status 3: two"
    assert Frame("x", 3, 1, b"said on stdout\n", b"").why == "exit status 3: said on stdout"
    assert Frame("x", 3, 1, b"", b"").why == "exit status 3"
    assert "time limit" in Frame("x", 124, 5000, b"", b"").why


def test_noise_of_the_login_shell_is_passed_over() -> None:
    assert answer(b"Welcome!\n@@ services 0 0 0 0\n" + GREETING + b"rest") == b"rest"
    assert answer(b"This account is not available.\n") == b""
