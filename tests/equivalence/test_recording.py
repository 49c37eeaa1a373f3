"""The record of runs: one line for each project, and their sum."""

from __future__ import annotations

from pathlib import Path

from tests.equivalence.judging import Course, Verdict
from tests.equivalence.playing import Played
from tests.equivalence.project import Project
from tests.equivalence.recording import Record, summed


def test_each_project_adds_a_line_and_a_file_with_what_was_said(tmp_path: Path) -> None:
    path = tmp_path / "record.tsv"
    course = Course(approval="**Approve?**", state="succeeded", says="Rolled back.")
    for number, word in enumerate(["equal", "told", "equal"]):
        done = Played(project=Project(number=number), verdict=Verdict(word=word), course=course, seconds=12.0)
        Record(path, seed=7, commit="abc" if number else "def").add(done)
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert lines[1][:5] == ["def", "7", "0", "equal", "12.0"]
    assert "**Approve?**" in (tmp_path / "record-7-2.txt").read_text()
    assert summed(path) == (
        "def: 1 projects: 1 equal\nabc: 2 projects: 1 told, 1 equal\n3 projects, median 12 s each\n"
    )
