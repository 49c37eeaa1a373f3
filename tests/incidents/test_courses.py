"""Courses of published incidents: nothing that anybody reads is false, and the checker finds lies that are planted."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.incidents import checker
from tests.incidents.checker import Read, Truth, lies
from tests.incidents.courses import COURSES, Course, played

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TABLE = (
    Truth(timedelta(0), "down"),
    Truth(timedelta(minutes=10), "degraded", work=True, lost=True),
    Truth(timedelta(minutes=20), "up"),
    Truth(timedelta(minutes=60), "up", over=True, known=True),
)


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_nothing_false_is_read_in_the_course_of(course: Course) -> None:
    came = played(course)
    assert came.false == []
    assert came.report_lines < 200
    if course.name == "gitlab-2017":
        assert came.acts <= 6
        assert came.messages["internal/1"] <= 40, came.titles["internal/1"]


@pytest.mark.parametrize(
    ("minute", "lie"),
    [
        (5, "The service works again. We are watching whether it stays so."),
        (5, "At the moment we see no problem."),
        (5, "We are working on a remedy."),
        (5, "We know what to do about the problem and are doing it."),
        (5, "The cause is known."),
        (15, "\n**Impact**: It is not available."),
        (15, "No data was lost."),
        (25, "The problem is back."),
        (30, "\n**Impact**: An important part of it does not work as it should."),
        (5, "\n**Impact**: An important part of it does not work as it should."),
        (30, "The problem is solved."),
        (15, "This was a false alarm."),
        (5, "Production is restored"),
    ],
)
def test_a_planted_lie_is_found(minute: int, lie: str) -> None:
    assert lies([Read(START + timedelta(minutes=minute), "external/1", f"x\n{lie}")], TABLE, START)


def test_what_is_so_is_no_lie() -> None:
    said = [
        (5, "\n**Impact**: It is not available."),
        (15, "We are working on a remedy."),
        (61, "The problem is solved."),
    ]
    assert lies([Read(START + timedelta(minutes=at), "x", text) for at, text in said], TABLE, START) == []


def test_the_checker_knows_nothing_of_the_product() -> None:
    tree = ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.startswith("flightrules")]
