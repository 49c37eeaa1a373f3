"""Sessions as files.

Knows: files and folders. Must not know: what a session holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from errno import EACCES, EPERM
from pathlib import Path

from flightrules.adapters.files import write_new
from flightrules.errors import Refused, Unavailable
from flightrules.paths import expanded

LARGEST = 256 * 1024 * 1024
"""Bytes; no incident comes near it."""


_GZIP = b"\x1f\x8b"


def session_files(names: Iterable[str]) -> list[Path]:
    """The files that are named, and all `*.jsonl` in the folders that are. Raises `Refused` where there is none."""
    if found := [path for name in names for path in _files(expanded(name))]:
        return found
    raise Refused(
        "no_session",
        "No session was found. A session is one file; in a folder, each file whose name ends in .jsonl.",
        "Export one: `flightrules session export INC-...`.",
    )


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (each for each in sorted(path.rglob("*.jsonl")) if not each.is_dir())
    else:
        yield path


def session_text(path: Path) -> str:
    """Return the text of a file.

    Raises `Unavailable` if the file cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Unavailable(f"session {path}", "it is larger than any session.", "Name a session's file.")
        return path.read_text(encoding="utf-8-sig")  # an editor may have put its mark in front; no record begins so
    except OSError as error:
        way = "Run this as one who may read it." if error.errno in (EACCES, EPERM) else "Name a session's file."
        raise Unavailable(f"session {path}", f"{error.strerror or error}.", way) from error
    except UnicodeDecodeError as error:
        if error.object.startswith(_GZIP):
            raise Unavailable(f"session {path}", "it is compressed.", "Unpack it first: `gunzip` does.") from error
        raise Unavailable(f"session {path}", "it is not text in UTF-8.", "Name a session's file.") from error


def write_session(path: Path, text: str) -> None:
    """Write a new file; never over one that is there. Raises `Unavailable` where it cannot be written."""
    try:
        write_new(path, text)
    except OSError as error:
        raise Unavailable(f"session {path}", f"{error.strerror or error}.", "Name another file.") from error
