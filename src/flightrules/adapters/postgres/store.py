"""Keeps ports.Store in a PostgreSQL database, for several servers on several machines.

Knows: two connections, one that writes and one that reads, each on a thread. Must not know: what an event means.
Reads go to the primary as well: a decision on what a standby has not yet heard of would be a decision on old news.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg

from flightrules.adapters.postgres.appending import CommitUnknown, append_to, found
from flightrules.adapters.postgres.failures import damaged, words
from flightrules.adapters.postgres.link import Connection, Link
from flightrules.adapters.postgres.rows import cut_words
from flightrules.adapters.postgres.sql import queries
from flightrules.adapters.processes import gone
from flightrules.adapters.sqlite.rows import from_row
from flightrules.errors import Unavailable
from flightrules.ports import Write
from flightrules.state.log import Recorded

RESOLVE_S = 20.0
"""Seconds for which the database is looked for, to learn what became of a commit."""
PAUSE_S = 0.2
TRIES = 5
"""Number of times that an append is done again after the database undid it because of others."""


class PostgresStore:
    """The event store in one database."""

    def __init__(self, url: str, password: Callable[[], str] = str, *, resolve_s: float = RESOLVE_S) -> None:
        """`password` is asked for at each connect, so that a new one is read without a restart."""
        self._writing = Link("incident-log-writing", url, password)
        self._reading = Link("incident-log-reading", url, password)
        self._resolve_s = resolve_s

    async def append(self, *writes: Write) -> list[Recorded]:
        """Append all or nothing, durable on return; a caller that is cancelled meanwhile stops waiting, not the append.

        Raises `Conflict` when a stream is no longer at its expected version, `Unavailable` when nothing was written,
        or when nobody knows. What is unknown is looked up first, and never written again.
        """
        return await self._writing.run(partial(self._append, writes))

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Events of a stream with a version above `after`, in order; an unknown stream has none."""
        return await self._events("load", {"stream": stream, "after": after})

    async def find_call(self, stream: str, call: str) -> list[Recorded]:
        """Events of a stream that belong to one call, in order; the empty call has none."""
        return await self._events("find_call", {"stream": stream, "call": call})

    async def streams(self, prefix: str = "") -> list[str]:
        """Names of the streams that begin with `prefix`, oldest first."""
        return await self._names("streams", {"prefix": prefix})

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        """Names of the streams found by any of these words, best match first; no word is an operator."""
        wanted = cut_words(text)
        return await self._names("search", {"words": wanted, "limit": limit}) if wanted else []

    async def take(self, name: str, holder: str, *, for_s: float) -> bool:
        """Take a lease for so long by the database's clock, or make one's own last longer; False if another has it."""
        return await self._writing.run(partial(_take, {"name": name, "holder": holder, "for_s": for_s}))

    async def release(self, name: str, holder: str) -> None:
        """Let go of one's own lease; another holder's stays."""
        await self._writing.run(partial(_release, {"name": name, "holder": holder}))

    async def close(self) -> None:
        """Let go of the connections once everything handed over before is done."""
        await self._writing.close()
        await self._reading.close()

    def _append(self, writes: Sequence[Write], connection: Connection) -> list[Recorded]:
        for left in range(TRIES, 0, -1):
            try:
                return append_to(writes, connection)
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                if left == 1:
                    raise
            except CommitUnknown as unknown:
                return self._resolved(unknown)
        raise AssertionError("unreachable")

    def _resolved(self, unknown: CommitUnknown) -> list[Recorded]:
        """Return the events if the log has them. Raises `Unavailable` if it has them not, or cannot be asked."""
        deadline = time.monotonic() + self._resolve_s
        while True:
            self._writing.let_go()
            try:
                there = not unknown.events or found(unknown.events, self._writing.open())
            except (psycopg.Error, Unavailable) as error:
                if time.monotonic() > deadline:
                    raise self._unknown(unknown, error) from error
                time.sleep(PAUSE_S)
            else:
                if there:
                    return unknown.events
                raise Unavailable(
                    f"incident log {self._writing.where}",
                    "the connection was lost, so nothing was written.",
                    "Call again.",
                ) from unknown

    def _unknown(self, unknown: CommitUnknown, error: Exception) -> Unavailable:
        last = unknown.events[-1]
        why = words(error) if isinstance(error, psycopg.Error) else str(error)
        return Unavailable(
            f"incident log {self._writing.where}",
            f"nobody knows if event {last.version} of {last.stream} was written: COMMIT got no answer ({why}).",
            "Call again with the same key once it is back: what was written is answered from the log.",
        )

    async def _events(self, query: str, values: dict[str, Any]) -> list[Recorded]:
        rows = await self._reading.run(partial(_select, query, values))
        try:
            return [from_row(row) for row in rows]
        except ValueError as error:
            what = f"an event of stream {values['stream']} cannot be read"
            raise damaged(self._reading.where, what) from error

    async def _names(self, query: str, values: dict[str, Any]) -> list[str]:
        return [str(name) for (name,) in await self._reading.run(partial(_select, query, values))]


def _select(query: str, values: dict[str, Any], connection: Connection) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(queries()[query], values).fetchall()
    except (UnicodeEncodeError, psycopg.DataError):
        # Asked for a name that the database cannot hold, as a client may: nothing was ever stored under it.
        return []


def _take(values: dict[str, Any], connection: Connection) -> bool:
    holders = connection.execute(queries()["holder"], values).fetchall()
    for holder in (str(holder) for (holder,) in holders if gone(str(holder))):
        connection.execute(queries()["release"], {"name": values["name"], "holder": holder})
    return bool(connection.execute(queries()["take"], values).fetchall())


def _release(values: dict[str, Any], connection: Connection) -> None:
    connection.execute(queries()["release"], values)
