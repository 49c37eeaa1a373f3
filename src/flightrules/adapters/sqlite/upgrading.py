"""Changes that opening the log would make to its file, found without making them.

Knows: pragmas and migrations. Must not know: what is stored.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from flightrules.adapters.sqlite import sql
from flightrules.errors import Unavailable


def pending(path: Path) -> tuple[str, ...]:
    """The migrations that the next start makes; none for a file that is not there yet. Raises `Unavailable`."""
    if not path.exists():
        return ()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            applied = {str(row[0]) for row in database.execute("SELECT name FROM _sqlite_migrations")}
    except sqlite3.Error as failed:
        raise Unavailable(f"incident log {path}", f"{failed}.", "Run `flightrules doctor`, which tries it.") from failed
    return tuple(name for name in sql.migrations() if name not in applied)
