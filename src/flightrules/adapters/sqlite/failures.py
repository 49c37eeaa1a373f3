"""Says what a failing database means to a person: what happened to which file, and the way out.

Knows: SQLite's result codes. Must not know: which statement failed.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from flightrules.errors import Defect, FlightrulesError, Unavailable


class _Meaning(NamedTuple):
    why: str
    remedy: str


_FULL = _Meaning("the disk is full, so nothing was written.", "Free some space and call again.")
_LOCKED = _Meaning(
    "another process kept it locked for too long, so nothing was written.",
    "Call again; `fuser` on the file names who holds it.",
)
_READ_ONLY = _Meaning(
    "the file or its folder cannot be written to.",
    "Give the server's user write permission on both, or set another [store] path.",
)
_CLOSED = _Meaning(
    "it cannot be opened.", "Check that it is a file, and that the server's user may read and write it and its folder."
)
_DAMAGED = _Meaning(
    "it is damaged.",
    "Keep the file. Restore a copy, or save what can be read with `sqlite3 FILE .recover`; "
    "to go on at once, move it away and a new one is made.",
)
_FOREIGN = _Meaning(
    "it is not an SQLite database, or its first page is damaged.",
    "Keep the file. Restore a copy, or set another [store] path.",
)
_DISK = _Meaning("the disk reported an error.", "Check the disk and its free space, then call again.")

_MEANINGS = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _FOREIGN,
    sqlite3.SQLITE_IOERR: _DISK,
}


def primary_code(error: sqlite3.Error) -> int | None:
    """The primary result code of an error, without its extension; None where SQLite itself gave none."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def explain(error: sqlite3.Error, path: Path) -> FlightrulesError:
    """Return what a database error means for the file behind it."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE:
        code: int | None = sqlite3.SQLITE_FULL  # SQLite found no room for a side file, which it needs to read as well
    else:
        code = primary_code(error)
    if code is None and isinstance(error, sqlite3.OperationalError):
        # Raised by the Python module for text that is not UTF-8; its message quotes the text, so it is not repeated.
        return damaged(path)
    if code not in _MEANINGS:
        return Defect(f"incident log {path}: {type(error).__name__}: {error}")
    meaning = _MEANINGS[code]
    return Unavailable(f"incident log {path}", meaning.why, meaning.remedy)


def damaged(path: Path, where: str = "") -> Unavailable:
    """The file's content is not what was written."""
    return Unavailable(f"incident log {path}", _DAMAGED.why[:-1] + (f" ({where})." if where else "."), _DAMAGED.remedy)
