"""Mistakes of people and machines on the command line: they are answered in words, never with a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flightrules.cli import main
from flightrules.state.vocabulary import Phase
from tests.cli.stage import Stage

Capture = pytest.CaptureFixture[str]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell in which `$f` is the command."""
    command = f"f='{sys.executable} -m flightrules.cli'; {line}"
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("words", ["status", "log export", "log show", "session export --output -", "doctor"])
def test_a_reader_that_has_seen_enough_is_nothing_to_complain_of(at: Stage, words: str) -> None:
    incident = at.incident(Phase.DOCUMENTED)
    more = "" if words == "doctor" else f"{incident} 1" if words == "log show" else incident
    # The reader is gone before anything is printed, however little it is.
    ran = shell(f"$f {words} {more} | true; echo ${{PIPESTATUS[0]}}", at.folder)
    assert (ran.stdout, ran.stderr) == (b"1\n", b"")


def test_output_that_has_nowhere_to_go_is_told(at: Stage) -> None:
    ran = shell("$f status >/dev/full", at.folder)
    assert (ran.returncode, ran.stderr.strip()) == (1, b"flightrules: [Errno 28] No space left on device")


def test_settings_that_the_disk_took_only_in_part_are_not_left_in_the_way(tmp_path: Path) -> None:
    ran = shell("(ulimit -f 8; $f init new); ls -A; $f init new", tmp_path)  # files take 8 KiB and no more
    assert ran.stderr.endswith(b"new: File too large. Name another path.\n")
    assert ran.stdout.startswith(b"Wrote ")


@pytest.mark.parametrize("words", ["status", "init x.toml", "doctor"])
def test_a_folder_that_is_gone_is_told(at: Stage, words: str) -> None:
    ran = shell(f"mkdir gone; cd gone; rmdir ../gone; COLUMNS=2000 $f {words}", at.folder)
    said = (ran.stdout + ran.stderr).decode()
    assert ran.returncode == 1
    assert "the current folder: No such file or directory" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "words",
    [
        "--config ~nobody-of-that-name/x status",
        "init ~nobody-of-that-name/x",
        "replay ~nobody-of-that-name/x",
        "log verify --witness ~nobody-of-that-name/x",
        "host-setup shop web-1 --public-key ~nobody-of-that-name/x",
    ],
)
def test_a_home_folder_that_nobody_knows_is_told(at: Stage, capsys: Capture, words: str) -> None:
    at.incident(Phase.DETECTED)
    assert main(words.split()) == 1
    assert "which home folder '~nobody-of-that-name/x' means" in capsys.readouterr().err


def test_nobody_is_asked_where_standard_input_is_closed(at: Stage) -> None:
    incident = at.incident(planned=True)
    for words in (f"approve {incident}", f"close {incident} --reason x"):
        ran = shell(f"$f {words} <&-", at.folder)
        assert (ran.returncode, b"no_terminal" in ran.stderr) == (1, True), ran.stderr


def test_a_file_name_that_is_no_text_can_be_told_in_any_terminal(tmp_path: Path) -> None:
    for encoding in ("utf-8:strict", "ascii"):
        ran = shell(f"rm -rf *; PYTHONIOENCODING={encoding} $f init $'\\xff-\\xc3\\xa9'", tmp_path)
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert b"\\udcff-\xc3\xa9" in ran.stdout


NO_TEXT = "x\udcff"
"""As Python hands over a byte that is no UTF-8."""
SHELL_NO_TEXT = "$'x\\xff'"
"""The same, as a shell writes it."""


@pytest.mark.parametrize(
    "words",
    [
        "status {}",
        "status --search {}",
        "observe shop {}",
        "decide INC-1 rollback --yes --reason {}",
        "decide INC-1 rollback --yes --reason x --to {}",
        "decide INC-1 rollback --yes --reason x --without web-1 --without {}",
        "classify INC-1 --yes --severity P1 --reason {}",
        "unlock shop web-1 {} --yes --reason x",
        "accept INC-1 --yes --reason {}",
        "close INC-1 --yes --reason {}",
        "update post INC-1 {}",
        "update approve INC-1 {} --yes",
        "update reject INC-1 {} --reason x",
        "approve INC-1 --as {} --statement x",
        "approve --standing {}",
        "approve --standing shop --hours {}",
        "reject INC-1 --reason {}",
        "approvers add {} x.pub",
        "approvers revoke {} --reason x",
        "log verify INC-1 --head {}",
        "log show INC-1 {}",
        "log export {}",
        "session export {}",
        "token new {} --scope read",
        "host-setup shop {}",
    ],
)
def test_a_word_that_is_no_text_is_not_understood(at: Stage, capsys: Capture, words: str) -> None:
    at.let_scripts()
    with pytest.raises(SystemExit) as ended:
        main([NO_TEXT if word == "{}" else word for word in words.split()])
    assert ended.value.code == 2
    assert "'x\\udcff' is not text: it has bytes that are not UTF-8." in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        "--config {} status",
        "approve {incident} --key {}",
        "log verify --witness {}",
        "session import {}",
    ],
)
def test_a_file_that_is_not_there_is_told_by_whatever_name(at: Stage, words: str) -> None:
    incident = at.incident(planned=True)
    ran = shell(f"$f {words.replace('{}', SHELL_NO_TEXT).replace('{incident}', incident)}", at.folder)
    assert ran.returncode == 1
    assert b"x\\udcff" in ran.stderr
    assert b"No such file" in ran.stderr


def test_a_session_that_is_not_there_is_told_by_whatever_name_as_one_that_cannot_be_replayed(at: Stage) -> None:
    ran = shell(f"$f replay {SHELL_NO_TEXT}", at.folder)
    assert ran.returncode == 3
    assert b"x\\udcff" in ran.stdout
    assert b"No such file" in ran.stdout
    assert ran.stderr == b""
