"""Many files, shared out among processes. Each test runs in a process of its own, since it forks."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from flightrules.cli import main
from flightrules.cli.side_by_side import WORTH, on_all
from tests.service.replaying.scenes import whole_session

MANY = 2 * WORTH + 3


def names_and_processes(paths: Sequence[Path]) -> list[tuple[str, int]]:
    """Return the name of each file, with the process that worked on it."""
    return [(path.name, os.getpid()) for path in paths]


def dying(paths: Sequence[Path]) -> list[str]:
    """A process that is killed."""
    os.abort() if any(path.name == "70" for path in paths) else None
    return [path.name for path in paths]


def run(code: str) -> str:
    """Run a line in a process of its own; what it printed."""
    code = f"from flightrules.errors import Unavailable\nfrom tests.cli.test_side_by_side import *\n{code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def files(count: int) -> list[Path]:
    return [Path(f"{number}") for number in range(count)]


def in_processes(jobs: int, count: int = MANY) -> int:
    """In how many processes that many files are worked on. Their answers have to come in the order of the files."""
    answers = on_all(names_and_processes, files(count), jobs)
    assert [name for name, _ in answers] == [path.name for path in files(count)]
    return len({process for _, process in answers} - {os.getpid()})


def test_many_files_are_shared_out_and_answered_in_their_order() -> None:
    assert run("print(in_processes(2))").strip() in ("1", "2")  # a quick one may have done all


@pytest.mark.parametrize(("jobs", "count"), [(1, MANY), (8, WORTH)])
def test_one_process_or_few_files_start_no_other(jobs: int, count: int) -> None:
    assert in_processes(jobs, count) == 0


def test_a_process_that_dies_is_said_and_no_answer_is_made_up() -> None:
    assert "it died before it answered" in run(
        "try: print(on_all(dying, files(MANY), 2))\nexcept Unavailable as died: print(died, type(died).__name__)"
    )


@pytest.mark.requirement("REPL-identical", "REPL-not-replayable")
def test_an_archive_replayed_in_two_processes_is_told_as_in_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = asyncio.run(whole_session())
    for number in range(MANY):
        (tmp_path / f"INC-{number:06}.jsonl").write_text(text)
    (tmp_path / "INC-000070.jsonl").write_text("no session")
    (tmp_path / "INC-000071.jsonl").unlink()
    (tmp_path / "INC-000071.jsonl").symlink_to("nowhere")
    assert main(["replay", "--jobs", "1", str(tmp_path)]) == 3
    said = capsys.readouterr().out
    assert said.endswith(f"{MANY - 2} identical, 2 not_replayable\n")

    command = [sys.executable, "-m", "flightrules.cli", "replay", "--jobs", "2", str(tmp_path)]
    both = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (both.returncode, both.stdout, both.stderr) == (3, said, "")


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5"])
def test_a_number_of_processes_that_is_none_is_named(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["replay", f"--jobs={said}", "archive"])
    assert "give 1 or more" in capsys.readouterr().err
