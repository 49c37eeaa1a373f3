"""Keeps ports.Store in one SQLite file, safe for several server processes at once.

Knows: one thread with one connection, on which every call runs whole. Must not know: what an event means.
The file is opened, and sqlite-utils imported, at first use.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flightrules.adapters.processes import gone
from flightrules.adapters.sqlite.connection import checkpoint, connect, immediate
from flightrules.adapters.sqlite.failures import damaged, explain
from flightrules.adapters.sqlite.rows import from_row, to_row
from flightrules.adapters.sqlite.single_thread import SingleThread
from flightrules.adapters.sqlite.sql import queries
from flightrules.adapters.words import words
from flightrules.errors import Conflict, Defect, Unavailable
from flightrules.ports import Write
from flightrules.state.log import GENESIS, Recorded, record

if TYPE_CHECKING:
    from sqlite_utils import Database

ROWS = 500
"""After so many changed rows a checkpoint is due: in a thousand pages or so, which is SQLite's own measure."""

T = TypeVar("T")


class SqliteStore:
    """The event store in one file."""

    def __init__(
        self, path: Path, *, busy_s: float = 5.0, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`now` is the time by which leases end: that of the one machine whose processes share the file."""
        self._path = path
        self._now = now
        self._busy_s = busy_s
        self._lane = SingleThread("incident-log", self._rest)
        self._database: Database | None = None
        self._file: tuple[int, int] | None = None
        self._closed = False
        self._taken_in = 0
        """Rows changed over this connection up to its last checkpoint."""

    async def append(self, *writes: Write) -> list[Recorded]:
        """Append all or nothing, durable on return; a caller that is cancelled meanwhile stops waiting, not the append.

        Raises `Conflict` when a stream is no longer at its expected version,
        `Unavailable` when the disk is full, the file damaged, locked or not writable.
        """
        return await self._run(partial(append_to, writes))

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Events of a stream with a version above `after`, in order; an unknown stream has none."""
        return await self._run(partial(self._events, "load", {"stream": stream, "after": after}))

    async def find_call(self, stream: str, call: str) -> list[Recorded]:
        """Events of a stream that belong to one call, in order; the empty call has none."""
        return await self._run(partial(self._events, "find_call", {"stream": stream, "call": call}))

    async def streams(self, prefix: str = "") -> list[str]:
        """Names of the streams that begin with `prefix`, oldest first."""
        return await self._run(partial(_names, "streams", {"prefix": prefix}))

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        """Names of the streams found by any of these words, best match first; no word is an operator."""
        # Quoted, because AND, OR, NOT and NEAR are operators to FTS5.
        wanted = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(text)))
        return await self._run(partial(_names, "search", {"words": wanted, "limit": limit})) if wanted else []

    async def take(self, name: str, holder: str, *, for_s: float) -> bool:
        """Take a lease for so long, or make one's own last longer; False while another holder lives and has it."""
        return await self._run(partial(self._take, name, holder, for_s))

    async def release(self, name: str, holder: str) -> None:
        """Let go of one's own lease; another holder's stays."""
        await self._run(partial(_release, {"name": name, "holder": holder}))

    async def close(self) -> None:
        """Let go of the file once everything handed over before is done."""
        if not self._closed:
            self._closed = True
            try:
                await self._lane.run(self._let_go)
            finally:
                self._lane.close()

    async def _run(self, work: Callable[[Database], T]) -> T:
        if self._closed:
            raise Defect(f"incident log {self._path} was closed and is used again")
        return await self._lane.run(partial(self._work, work))

    def _work(self, work: Callable[[Database], T]) -> T:
        """Run on the thread: open where needed, and after a failure begin with a fresh connection."""
        try:
            return work(self._open())
        except sqlite3.Error as error:
            self._let_go()
            self._file = None
            raise explain(error, self._path) from error
        except OSError as error:
            self._let_go()
            raise Unavailable(
                f"incident log {self._path}",
                f"{error.strerror or error}.",
                "Check the file and its folder: both must be there, and the server's user may write to both.",
            ) from error

    def _open(self) -> Database:
        # Writing on into a file that has lost its name would acknowledge what nobody can ever read.
        if self._file is not None and self._identity() != self._file:
            self._file = None
            self._let_go()
            raise Unavailable(
                f"incident log {self._path}",
                "another file was put in its place while it was in use.",
                "Call again to go on with the new one.",
            )
        if self._database is None:
            self._database, self._taken_in = connect(self._path, self._busy_s), 0
            self._file = self._identity()
        return self._database

    def _rest(self) -> None:
        """Do what SQLite would do within a commit, where somebody waits for it."""
        if self._database is None:
            return
        changed = self._database.conn.total_changes
        if changed - self._taken_in >= ROWS:
            self._taken_in = changed
            with contextlib.suppress(sqlite3.Error):  # all is in the side file still; who writes next is told
                checkpoint(self._database.conn)

    def _identity(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_dev, status.st_ino

    def _let_go(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _take(self, name: str, holder: str, for_s: float, database: Database) -> bool:
        with immediate(database.conn):
            now = self._now()
            until = now + timedelta(seconds=for_s)
            values = {"name": name, "holder": holder, "now": _moment(now), "until": _moment(until)}
            return _taken(values, database)

    def _events(self, query: str, values: dict[str, Any], database: Database) -> list[Recorded]:
        rows = _select(query, values, database)
        try:
            return [from_row(row) for row in rows]
        except ValueError as error:
            raise damaged(self._path, f"an event of stream {values['stream']} cannot be read") from error


def append_to(writes: Sequence[Write], database: Database) -> list[Recorded]:
    """Append all or nothing, on the store's thread."""
    with immediate(database.conn):
        events = [event for write in writes for event in _place(write, database.conn)]
        for write in writes:
            _index(write, database.conn)
        return events


def _place(write: Write, connection: sqlite3.Connection) -> list[Recorded]:
    events: list[Recorded] = []
    try:
        tip = connection.execute(queries()["tip"], {"stream": write.stream}).fetchone()
        version, previous = tip or (0, GENESIS)
        if write.expected is not None and version != write.expected:
            raise Conflict(write.stream, write.expected)
        for draft in write.drafts:
            version += 1
            events.append(record(draft, stream=write.stream, version=version, previous=previous))
            previous = events[-1].hash
        connection.executemany(queries()["append"], [to_row(event) for event in events])
    except sqlite3.IntegrityError as error:
        raise Conflict(write.stream, write.expected or 0) from error
    except ValueError as error:
        raise Defect(f"an event for stream {write.stream} is not storable JSON: {error}") from error
    return events


def _index(write: Write, connection: sqlite3.Connection) -> None:
    if write.words is not None:
        connection.execute(queries()["forget"], {"stream": write.stream})
        connection.execute(queries()["index"], {"stream": write.stream, "text": " ".join(words(write.words))})


def _taken(values: dict[str, str], database: Database) -> bool:
    holders = database.execute(queries()["holder"], values).fetchall()
    for holder in (str(holder) for (holder,) in holders if gone(str(holder))):
        database.execute(queries()["release"], {"name": values["name"], "holder": holder})
    return bool(database.execute(queries()["take"], values).fetchall())


def _release(values: dict[str, str], database: Database) -> None:
    with immediate(database.conn):
        database.execute(queries()["release"], values)


def _moment(at: datetime) -> str:
    """A moment as text that sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _names(query: str, values: dict[str, Any], database: Database) -> list[str]:
    return [str(name) for (name,) in _select(query, values, database)]


def _select(query: str, values: dict[str, Any], database: Database) -> list[tuple[Any, ...]]:
    try:
        return database.execute(queries()[query], values).fetchall()
    except UnicodeEncodeError:
        # Asked for a name that UTF-8 cannot hold, as a client may: nothing was ever stored under it.
        return []
