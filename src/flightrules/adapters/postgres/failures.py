"""Says what a failing database means to a person: what happened, in its own words, and the way out.

Knows: PostgreSQL's error codes. Must not know: which statement failed.
"""

from __future__ import annotations

import psycopg
from psycopg import errors as pg

from flightrules.errors import Defect, FlightrulesError, Unavailable

_NOTHING = "so nothing was written"
_MEANINGS: tuple[tuple[type[psycopg.Error], str, str], ...] = (
    (pg.DiskFull, f"the database's disk is full, {_NOTHING}.", "Free some space there and call again."),
    (pg.LockNotAvailable, f"another process kept the stream locked for too long, {_NOTHING}.", "Call again."),
    (
        pg.ReadOnlySqlTransaction,
        f"this node takes no writes, {_NOTHING}.",
        "Call again; the primary is looked for anew.",
    ),
    (pg.SerializationFailure, f"the database undid the transaction, {_NOTHING}.", "Call again."),
    (pg.DeadlockDetected, f"the database undid the transaction, {_NOTHING}.", "Call again."),
    (
        pg.InsufficientPrivilege,
        "the server's role lacks a right",
        "Run `flightrules store migrate --role ROLE` as the owner.",
    ),
    (pg.UndefinedTable, "the schema is not there.", "Run `flightrules store migrate` as the owner."),
    (pg.UndefinedColumn, "the schema is older than this version.", "Run `flightrules store migrate` as the owner."),
    (pg.InvalidSchemaName, "the schema is not there.", "Run `flightrules store migrate` as the owner."),
    (pg.InvalidCatalogName, "the database is not there.", "Create it, then run `flightrules store migrate`."),
    (pg.DataCorrupted, "the database is damaged.", "Keep it, and restore a backup (docs/scale.md)."),
    (pg.IndexCorrupted, "an index of the database is damaged.", "REINDEX it, and check the disk."),
)


def explain(error: psycopg.Error, where: str) -> FlightrulesError:
    """Return what a database error means for the log behind it."""
    for kind, why, remedy in _MEANINGS:
        if isinstance(error, kind):
            return Unavailable(f"incident log {where}", why if why.endswith(".") else f"{why}: {words(error)}.", remedy)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable(f"incident log {where}", f"{words(error)}.", "Check the database and the way to it.")
    return Defect(f"incident log {where}: {type(error).__name__}: {words(error)}")


def words(error: psycopg.Error) -> str:
    """Return the database's own words in one line; no password is ever among them."""
    text = error.diag.message_primary or str(error)
    return " ".join(text.split()).rstrip(".")[:300] or type(error).__name__


def undecided(error: psycopg.Error) -> bool:
    """Return True if a commit that ended with this may have happened all the same."""
    code = error.sqlstate or "08000"
    return code.startswith(("08", "57", "XX"))


def damaged(where: str, what: str) -> Unavailable:
    """Return the failure of a log whose content is not what was written."""
    return Unavailable(
        f"incident log {where}", f"it is damaged ({what}).", "Keep it, and restore a backup (docs/scale.md)."
    )
