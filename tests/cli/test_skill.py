"""`flightrules skill` as somebody types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.cli import main
from flightrules.prompts.skill import skill_files

Capture = pytest.CaptureFixture[str]


def test_the_skill_is_written_whole_and_over_an_older_one(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "skills" / "flightrules"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("older")
    assert main(["skill", str(tmp_path / "skills")]) == 0
    assert f"Wrote {folder}." in capsys.readouterr().out
    written = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.md")}
    assert written == skill_files()


def test_a_folder_that_cannot_be_is_told_with_the_way_out(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").touch()
    assert main(["skill", str(tmp_path / "file")]) == 1
    assert "Name another folder." in capsys.readouterr().err
