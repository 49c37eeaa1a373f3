"""Sessions as files.

Knows: files and folders. Must not know: what a session holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from flightrules.adapters.files import write_new
from flightrules.errors import Unavailable
from flightrules.paths import expanded

LARGEST = 256 * 1024 * 1024
"""Bytes; no incident comes near it."""


def session_files(names: Iterable[str]) -> Iterator[Path]:
    """The files that are named, and all `*.jsonl` in the folders that are named."""
    for name in names:
        path = expanded(name)
        if path.is_dir():
            yield from sorted(path.rglob("*.jsonl"))
        else:
            yield path


def session_text(path: Path) -> str:
    """What stands in a file. Raises `Unavailable` where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise Unavailable(f"session {path}", "it is larger than any session.", "Name a session's file.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"session {path}", f"{error.strerror or error}.", "Name a session's file.") from error
    except UnicodeDecodeError as error:
        raise Unavailable(f"session {path}", "it is not text.", "Name a session's file.") from error


def write_session(path: Path, text: str) -> None:
    """Write a new file; never over one that is there. Raises `Unavailable` where it cannot be written."""
    try:
        write_new(path, text)
    except OSError as error:
        raise Unavailable(f"session {path}", f"{error.strerror or error}.", "Name another file.") from error
