from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.state.logs import grouped, is_error, read_log, signature, timed_lines
from tests.state.core import NOON


@pytest.mark.parametrize(
    "line",
    [
        "ERROR job 12 failed",
        "2026-01-05 09:00:00,123 [main] ERROR c.e.Shop - no stock",
        '{"level":"error","msg":"db down"}',
        '{"level":50,"msg":"db down"}',
        "level=fatal msg=gone",
        "E0105 12:00:01.123456 1 server.go:12] refused",
        "ValueError: bad value",
        "java.lang.NullPointerException: x",
        "panic: runtime error: index out of range",
        '10.0.0.1 - - [05/Jan/2026:09:00:00 +0000] "GET / HTTP/1.1" 503 12',
        "INFO request done status=500",
        "Segmentation fault (core dumped)",
        "Out of memory: Killed process 12",
        "connection to the database failed",
    ],
)
def test_a_line_that_reports_an_error_counts(line: str) -> None:
    assert is_error(line)


@pytest.mark.parametrize(
    "line",
    [
        "INFO retrying after error",
        "WARNING: deprecated, will be an error in 3.0",
        "finished with 0 errors",
        "errors=0 failed=0",
        '{"level":"info","error":null,"msg":"ok"}',
        '10.0.0.1 - - [05/Jan/2026:09:00:00 +0000] "GET /error HTTP/1.1" 200 500',
        "listening on :8080",
        "",
        "writing to /var/log/nginx/error_log",
    ],
)
def test_a_line_that_only_speaks_of_errors_does_not(line: str) -> None:
    assert not is_error(line)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ERROR order 17 failed after 1.5 s", "ERROR order 99 failed after 20 s"),
        ("ERROR at 2026-01-05T09:00:00Z: gone", "ERROR at 2026-01-06 10:11:12,5: gone"),
        ("ERROR user 'ann'", "ERROR user 'bob'"),
        ("ERROR id 550e8400-e29b-41d4-a716-446655440000", "ERROR id 550e8400-e29b-41d4-a716-446655440fff"),
        ("ERROR from 10.0.0.1:80", "ERROR from 192.168.1.200:4711"),
        ("ERROR from fe80::1:2", "ERROR from ::1"),
        ("ERROR at 0xdeadbeef", "ERROR at 0x1"),
        ("ERROR commit deadbeef1", "ERROR commit 1234abcdef99"),
        ('{"level":"error","msg":"order 1 gone","at":1}', '{"at":2,"level":"error","msg":"order 2 gone"}'),
    ],
)
def test_lines_that_differ_only_in_values_are_one_error(one: str, other: str) -> None:
    assert signature(one) == signature(other)


def test_lines_that_say_different_things_are_two_errors() -> None:
    assert signature("ERROR cannot connect to db") != signature("ERROR cannot write file")
    assert signature('{"level":"error","msg":"a"}') != signature('{"level":"error","msg":"b"}')


def test_an_apostrophe_is_no_quote() -> None:
    assert signature("ERROR can't open it, won't retry") == "ERROR can't open it, won't retry"


def test_a_log_is_read_into_counts_times_and_an_example() -> None:
    log = read_log(
        "web",
        "2026-01-05T09:00:00.123456789Z ERROR order 1 failed\n"
        "2026-01-05T09:00:05.5Z INFO fine\n"
        "2026-01-05T09:00:10Z ERROR order 2 failed\n",
    )
    (group,) = log.groups
    assert (log.lines, log.errors, group.count, group.example) == (3, 2, 2, "ERROR order 1 failed")
    assert group.first_at == datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
    assert group.last_at == datetime(2026, 1, 5, 9, 0, 10, tzinfo=UTC)


def test_times_of_another_zone_are_kept_as_the_same_moments_in_utc() -> None:
    log = read_log("web", "2026-01-05T14:00:00+02:00 ERROR boom\n2026-01-05T07:01:00-0500 ERROR boom")
    assert log.text == "2026-01-05T12:00:00Z ERROR boom\n2026-01-05T12:01:00Z ERROR boom"
    assert [f"{at:%H:%M}" for at, _ in timed_lines(log.text)] == ["12:00", "12:01"]
    assert (log.groups[0].first_at, log.groups[0].last_at) == (NOON, NOON + timedelta(minutes=1))


def test_a_line_without_an_engine_time_has_none() -> None:
    log = read_log("web", "2026-01-05 09:00:00 ERROR order 1 failed\n2026-99-99T99:99:99Z ERROR x\n")
    assert [group.first_at for group in log.groups] == [None, None]


def test_the_number_of_groups_is_bounded_and_the_total_is_not() -> None:
    words = [f"ERROR {'abcdefghij'[n // 10]}{'klmnopqrst'[n % 10]}" for n in range(100)]
    errors, groups = grouped([(None, word) for word in words], most=7)
    assert (errors, len(groups)) == (100, 7)


def test_the_end_of_a_long_log_is_kept_in_whole_lines() -> None:
    log = read_log("web", "\n".join(f"line {n}" for n in range(10_000)), most_text=100)
    assert log.text.endswith("line 9999")
    assert log.text.startswith("line ")
    assert len(log.text) <= 100
    assert log.lines == 10_000


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_can_be_read(text: str) -> None:
    log = read_log("web", text)
    assert sum(group.count for group in log.groups) <= log.errors <= log.lines
    assert log.model_validate_json(log.model_dump_json()) == log


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        "a:",
        "0.",
        "'",
        '"',
        "1:",
        "error=",
        "[",
        "abcdef0",
        "{",
        "err or",
        "error log ",
        "no error ",
        "E [",
        'a="',
        "<3>",
        "/ERROR",
    ],
)
def test_a_hostile_line_takes_no_unbounded_time(piece: str) -> None:
    log = read_log("web", "\n".join([piece * 5_000] * 20))
    assert log.lines == 20


SINCE = datetime(2026, 1, 5, 9, 0, 0, 700_000, tzinfo=UTC)


def test_lines_written_before_a_moment_are_left_out_with_what_belongs_to_them() -> None:
    text = (
        "2026-01-05T08:59:58Z ERROR lost the catalogue\n  at pool.py:12\n"
        "2026-01-05T09:00:01Z INFO started\n  on port 80\n2026-01-05T10:00:02+0100 ERROR lost the cart\n"
    )
    log = read_log("web", text, since=SINCE)
    assert (log.lines, log.errors) == (3, 1)
    assert "catalogue" not in log.text
    assert "pool.py" not in log.text
    assert "on port 80" in log.text


def test_a_line_of_the_same_second_is_kept_since_whole_seconds_cannot_tell() -> None:
    assert read_log("web", "2026-01-05T09:00:00Z ERROR lost", since=SINCE).errors == 1


def test_a_log_that_tells_no_times_is_kept_whole() -> None:
    assert read_log("web", "ERROR lost\nERROR lost again", since=SINCE).errors == 2


def test_a_line_that_claims_an_old_time_hides_nothing_but_itself() -> None:
    text = "2026-01-05T09:00:01Z ERROR lost\n2020-01-01T00:00:00Z nothing to see"
    assert read_log("web", text, since=SINCE).errors == 1
