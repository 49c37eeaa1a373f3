"""Copies a log that cannot be opened where it lies to a place that has room: SQLite writes side files even to read.

Knows: which files make a log, and that nobody may have written to them meanwhile. Must not know: what is stored.
Not for a process that has the same file open: closing a copied file drops the locks that SQLite holds on it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

TRIES = 5
"""Number of times that a copy is made anew because somebody wrote meanwhile, before it is given up."""
SPARE = 1 << 20
"""Bytes that the place has in addition: reading the copy takes side files too."""
MEMORY = (Path("/dev", "shm"),)
"""Folders in which Linux keeps files in memory; anybody may write there, so the user's own folder is made in it."""


def copied(path: Path) -> tempfile.TemporaryDirectory[str] | None:
    """A folder of the user's own with a whole copy under the same name; None where none can be made.

    What the side file holds is in it: that is where the newest events are.
    """
    try:
        places = list(_places(_size(path) + SPARE))
    except OSError:
        return None
    for place in places:
        folder = tempfile.TemporaryDirectory(prefix="flightrules-", dir=place)
        if _fill(path, Path(folder.name)):
            return folder
        folder.cleanup()
    return None


def _files(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(f"{path.name}-wal")


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in _files(path) if file.exists())


def _places(size: int) -> Iterator[Path]:
    """Folders with so many bytes of room, memory before disks."""
    for place in (Path(os.environ.get("XDG_RUNTIME_DIR", "")), *MEMORY, Path(tempfile.gettempdir())):
        if place.is_absolute() and os.access(place, os.W_OK) and shutil.disk_usage(place).free >= size:
            yield place


def _fill(path: Path, folder: Path) -> bool:
    """Copy until nobody wrote meanwhile; whether the copy is whole."""
    names = [file.name for file in _files(path)]
    try:
        for _ in range(TRIES):
            for name in names:
                (folder / name).unlink(missing_ok=True)
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(path.parent / name, folder / name)
            # By content and after both were copied; times of change may be told in steps of milliseconds.
            if all(_digest(path.parent / name) == _digest(folder / name) for name in names):
                return _whole(folder / path.name)
    except OSError:
        pass  # no room after all, or a file that cannot be read: the next place, then none
    return False


def _digest(file: Path) -> bytes | None:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").digest()
    except FileNotFoundError:
        return None


def _whole(copy: Path) -> bool:
    try:
        with closing(sqlite3.connect(copy)) as database:
            return bool(database.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False
