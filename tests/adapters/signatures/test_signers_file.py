"""A file of signers proves nothing where others than its owner may put another in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.adapters.signatures.signers import SignersFile
from flightrules.errors import Refused

LINE = "ann ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBO9xmoGFn0XPHzmVQmMsHh2JbTQmkKbbZ7WmhaLkmFp\n"


def written(folder: Path, mode: int = 0o755) -> Path:
    folder.mkdir()
    path = folder / "allowed_signers"
    path.write_text(LINE)
    folder.chmod(mode)
    return path


def test_a_file_in_a_folder_of_its_owner_is_read(tmp_path: Path) -> None:
    assert len(SignersFile(str(written(tmp_path / "own"))).read().signers) == 1


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_file_that_anybody_may_replace_proves_nothing(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Refused, match="open to all") as refused:
        SignersFile(str(written(tmp_path / "open", mode))).read()
    assert refused.value.code == "signers_open"


@pytest.mark.parametrize(("link", "target"), [(0o777, 0o755), (0o755, 0o777)])
def test_a_link_is_held_to_both_its_folders(tmp_path: Path, link: int, target: int) -> None:
    there = written(tmp_path / "target", target)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "allowed_signers").symlink_to(there)
    (tmp_path / "link").chmod(link)
    with pytest.raises(Refused, match="open to all"):
        SignersFile(str(tmp_path / "link" / "allowed_signers")).read()
