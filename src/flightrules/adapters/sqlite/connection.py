"""Opens the log's file: its settings, its schema, and the refusals that keep another program's file untouched.

Knows: pragmas and migrations. Must not know: what is stored.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flightrules.adapters.sqlite import sql
from flightrules.adapters.sqlite.failures import primary_code
from flightrules.errors import Unavailable

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x464C5452
"""`FLTR`, in the header of every file that is ours; the first migration writes it."""

PRAGMAS = (
    "PRAGMA synchronous = FULL",  # what append acknowledged outlives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA cell_size_check = ON",  # damage is found when a page is read, not when it is used
    "PRAGMA wal_autocheckpoint = 4000",  # pages, 16 MB: the store takes the side file in sooner, between calls (0030)
)


def connect(path: Path, busy_s: float) -> Database:
    """Open the file, made and brought to the newest schema where needed."""
    from sqlite_utils import Database

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Evidence from production is for the server's user alone; SQLite gives its side files the same mode.
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None)
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        # Plugins of sqlite-utils that happen to be installed have no business in this file.
        database = Database(connection, recursive_triggers=False, execute_plugins=False)
        _refuse_foreign(database, path)
        _write_ahead(database, busy_s)
        _migrate(database, path)
    except BaseException:
        connection.close()
        raise
    return database


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the write lock from its start: what it reads cannot change before it writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def checkpoint(connection: sqlite3.Connection) -> None:
    """Take what the side file holds into the file, as far as no reader is in the way; nobody is waited for."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def _refuse_foreign(database: Database, path: Path) -> None:
    owner = database.execute("PRAGMA application_id").fetchone()[0]
    if owner == APPLICATION_ID:
        return
    if owner or database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise Unavailable(
            f"incident log {path}", "it is a database of another program.", "Set another [store] path in the settings."
        )


def _write_ahead(database: Database, busy_s: float) -> None:
    """Switch to write-ahead logging; while several processes open a new file, SQLite does not wait by itself."""
    deadline = time.monotonic() + busy_s
    while True:
        try:
            return database.enable_wal()
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _migrate(database: Database, path: Path) -> None:
    migrations = _migrations()
    known = set(sql.migrations())
    unknown = [item.name for item in migrations.applied(database) if item.name not in known]
    if unknown:
        raise Unavailable(
            f"incident log {path}",
            f"its schema is {max(unknown)}, this version of flightrules knows up to {max(known)}.",
            "Upgrade flightrules; the file was not changed.",
        )
    if migrations.pending(database):
        # sqlite-utils makes its own table outside any transaction; under the write lock, two processes cannot both try.
        with immediate(database.conn):
            migrations.apply(database)


def _migrations() -> Migrations:
    from sqlite_utils import Migrations

    migrations = Migrations("flightrules")
    for name in sql.migrations():
        migrations(name=name)(_run_script(name))
    return migrations


def _run_script(name: str) -> Callable[[Database], None]:
    def run(database: Database) -> None:
        database.executescript(sql.migrations()[name])

    run.__name__ = name
    return run
