"""One connection to the database on one thread, made anew after it was lost.

Knows: connecting, and that work which wrote nothing may be done again. Must not know: the tables of the log.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import psycopg

from flightrules.adapters.postgres import address
from flightrules.adapters.postgres.failures import explain
from flightrules.adapters.postgres.sql import migrations, queries
from flightrules.adapters.sqlite.single_thread import SingleThread
from flightrules.errors import Defect, Unavailable

T = TypeVar("T")

Connection = psycopg.Connection[tuple[object, ...]]


class Link:
    """The connection and its thread. Work runs whole, in the order in which it was handed over."""

    def __init__(self, name: str, url: str, password: Callable[[], str]) -> None:
        self._url, self._password = url, password
        self._lane = SingleThread(name)
        self._connection: Connection | None = None
        self._closed = False

    @property
    def where(self) -> str:
        """Hosts and database, for messages."""
        return address.shown(self._url)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do work on the connection. If an old connection was lost, do it once more on a new one.

        Work that may have written before it lost the connection raises something else than a database error.
        """
        if self._closed:
            raise Defect(f"incident log {self.where} was closed and is used again")
        return await self._lane.run(partial(self._work, work))

    async def close(self) -> None:
        """Let go of the connection once everything handed over before is done."""
        if not self._closed:
            self._closed = True
            try:
                await self._lane.run(self.let_go)
            finally:
                self._lane.close()

    def let_go(self) -> None:
        """Close the connection; the next work opens another. For the thread."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                connection.close()

    def open(self) -> Connection:
        """Return the connection, made where there is none. For the thread."""
        if self._connection is None:
            self._connection = connect(address.completed(self._url, self._password()), self.where)
        return self._connection

    def _work(self, work: Callable[[Connection], T]) -> T:
        again = self._connection is not None
        try:
            return work(self.open())
        except psycopg.Error as error:
            lost = self._connection is not None and self._connection.closed
            self.let_go()
            if not (again and lost):
                raise explain(error, self.where) from error
        return self._work(work)


def connect(conninfo: str, where: str) -> Connection:
    """Connect to a database that has the schema of this version. Raises `Unavailable` if it has another one."""
    # No prepared statements: a pooler in transaction mode gives each transaction another server connection.
    connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
    try:
        refuse_other_schema({str(name) for (name,) in connection.execute(queries()["migrated"])}, where)
    except BaseException:
        connection.close()
        raise
    return connection


def refuse_other_schema(applied: set[str], where: str) -> None:
    """Raise `Unavailable` if this version cannot work with a schema.

    A `pre` migration only adds, so a schema may have more of them than this version knows. A `post` migration takes
    away what older versions need, and may be missing.
    """
    known = set(migrations())
    if missing := sorted(name for name in known - applied if not _late(name)):
        raise Unavailable(
            f"incident log {where}", f"its schema lacks {missing[0]}.", "Run `flightrules store migrate` as the owner."
        )
    if newer := sorted(name for name in applied - known if _late(name)):
        raise Unavailable(f"incident log {where}", f"its schema has {newer[-1]}.", "Upgrade flightrules.")


def _late(name: str) -> bool:
    return "_post_" in name
