from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.adapters.secrets import read_keys
from flightrules.errors import Refused, Unavailable


def secret(path: Path, data: bytes = bytes(range(32)), mode: int = 0o600) -> str:
    path.write_bytes(data)
    path.chmod(mode)
    return str(path)


def test_each_file_gives_its_secret_in_order(tmp_path: Path) -> None:
    first, second = secret(tmp_path / "a"), secret(tmp_path / "b", bytes(range(64)))
    assert read_keys([first, second]) == [bytes(range(32)), bytes(range(64))]
    assert read_keys([]) == []


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o606])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Refused, match="Others can read"):
        read_keys([secret(tmp_path / "a", mode=mode)])


@pytest.mark.parametrize("data", [b"", bytes(range(31)), bytes(64), b"ab" * 40])
def test_a_secret_that_can_be_guessed_is_refused_and_not_repeated(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Refused, match="too easy to guess") as no:
        read_keys([secret(tmp_path / "a", data)])
    assert "abab" not in str(no.value)


def test_a_secret_that_is_not_there_is_told_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="umask 077"):
        read_keys([str(tmp_path / "missing")])
