"""Messages that a person gets at night while the disk of the log is full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flightrules.cli import main
from flightrules.state.vocabulary import Phase
from tests.adapters.full_disk import fill_up, small_disk
from tests.cli.stage import Stage, stage

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A person's folder on a disk of its own."""
    with small_disk(tmp_path / "disk", "4m") as disk:
        monkeypatch.chdir(disk)
        yield stage(disk)
        monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        "status {}",
        "status",
        "status --search shop",
        "log verify",
        "log verify {}",
        "log show {} 1 E1",
        "log export {}",
        "session export {} --output -",
        "approvers standing",
    ],
)
def test_what_only_reads_says_the_same_as_ever(at: Stage, capsys: Capture, command: str) -> None:
    words = command.format(at.incident(Phase.DECIDED)).split()
    fill_up(at.folder)
    assert main(words) == 0
    told = capsys.readouterr()
    assert "the disk is full" in told.err
    assert "read from a copy" in told.err
    assert ("not on record" in told.err) == (words[0] == "status")
    (at.folder / "ballast").unlink()
    assert main(words) == 0
    assert lasting(capsys.readouterr().out) == lasting(told.out)


def lasting(text: str) -> list[str]:
    """Lines of an answer without those that say how much time is left."""
    return [line for line in text.splitlines() if not line.startswith("time: ")]


@pytest.mark.parametrize("command", ["reject {} --reason no", "close {} --reason x --yes", "update post {} soon"])
def test_what_would_change_something_does_not_go_to_a_copy(at: Stage, capsys: Capture, command: str) -> None:
    incident = at.incident(Phase.DECIDED)
    before = at.records(incident)
    fill_up(at.folder)
    assert main(command.format(incident).split()) == 1
    told = capsys.readouterr()
    assert "the disk is full" in told.err
    assert "copy" not in told.err
    (at.folder / "ballast").unlink()
    assert at.records(incident) == before


def test_no_witness_hears_of_a_look_that_is_not_on_record(at: Stage, capsys: Capture) -> None:
    at.config.write_text(at.config.read_text().replace("[outbox]", f'[witness]\nfile = "{heads(at)}"\n[outbox]', 1))
    incident = at.incident(Phase.DECIDED)
    assert main(["status", incident]) == 0
    heard = heads(at).read_text()
    fill_up(at.folder)
    assert main(["status", incident]) == 0
    assert "not on record" in capsys.readouterr().err
    assert heads(at).read_text() == heard
    (at.folder / "ballast").unlink()
    assert main(["log", "verify"]) == 0


def heads(at: Stage) -> Path:
    """Return the folder that a witness on another disk keeps."""
    return at.folder.parent / "heads"
