"""Appends under the locks of the streams, and finds out what became of a commit whose answer was lost.

Knows: the order lock, read, write, commit. Must not know: connections and threads.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import psycopg

from flightrules.adapters.postgres.failures import undecided
from flightrules.adapters.postgres.link import Connection
from flightrules.adapters.postgres.rows import cut_words, to_columns
from flightrules.adapters.postgres.sql import queries
from flightrules.errors import Conflict, Defect, Unavailable
from flightrules.ports import Write
from flightrules.state.log import GENESIS, Recorded, record

NOT_REPLICATED = "01000"
"""The code of the warning that the wait for a synchronous standby was cut short: committed, and perhaps only here."""


class CommitUnknown(Exception):
    """The connection was lost at COMMIT: these events are in the log, or none of them is."""

    def __init__(self, events: list[Recorded]) -> None:
        super().__init__("the answer to COMMIT was lost")
        self.events = events


def append_to(writes: Sequence[Write], connection: Connection) -> list[Recorded]:
    """Append all or nothing. Raises `CommitUnknown`, and a database error only if nothing was written."""
    try:
        with _undone(connection):
            connection.execute(queries()["begin"])
            tips = _locked(sorted({write.stream for write in writes}), connection)
            events = [event for write in writes for event in _placed(write, tips)]
            if events:
                connection.execute(queries()["append"], to_columns(events))
            for write in writes:
                _index(write, connection)
    except psycopg.IntegrityError as error:
        raise Conflict(writes[0].stream, writes[0].expected or 0) from error
    except (UnicodeEncodeError, psycopg.DataError) as error:
        names = ", ".join(ascii(write.stream) for write in writes)
        raise Defect(f"an event for stream {names} is not storable text: {error}") from error
    _commit(connection, events)
    return events


def found(events: Sequence[Recorded], connection: Connection) -> bool:
    """Return True if these events are in the log. Under their locks, so that no commit of them is still under way."""
    with _undone(connection):
        connection.execute(queries()["begin"])
        _locked(sorted({event.stream for event in events}), connection)
        last = events[-1]
        row = connection.execute(queries()["sealed"], {"stream": last.stream, "version": last.version}).fetchone()
        connection.execute("ROLLBACK")
    return row == (last.hash,)


@contextlib.contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    """Roll back what fails, as far as there is a connection."""
    try:
        yield
    except BaseException:
        if not connection.closed:
            with contextlib.suppress(psycopg.Error):
                connection.execute("ROLLBACK")
        raise


def _locked(streams: list[str], connection: Connection) -> dict[str, tuple[int, str]]:
    """Lock some streams, always in the same order, and return version and hash of the last event of each."""
    connection.execute(queries()["lock"], {"streams": streams})
    rows = connection.execute(queries()["heads"], {"streams": streams}).fetchall()
    return {str(name): (int(str(version)), str(sealed)) for name, version, sealed in rows}


def _placed(write: Write, tips: dict[str, tuple[int, str]]) -> list[Recorded]:
    version, previous = tips.get(write.stream, (0, GENESIS))
    if write.expected is not None and version != write.expected:
        raise Conflict(write.stream, write.expected)
    events: list[Recorded] = []
    try:
        for draft in write.drafts:
            version += 1
            events.append(record(draft, stream=write.stream, version=version, previous=previous))
            previous = events[-1].hash
    except ValueError as error:
        raise Defect(f"an event for stream {write.stream!a} is not storable JSON: {error}") from error
    tips[write.stream] = (version, previous)
    return events


def _index(write: Write, connection: Connection) -> None:
    if write.words is not None:
        connection.execute(queries()["forget"], {"stream": write.stream})
        connection.execute(queries()["index"], {"stream": write.stream, "words": cut_words(write.words)})


def _commit(connection: Connection, events: list[Recorded]) -> None:
    warnings: list[str | None] = []

    def hear(diagnostic: psycopg.errors.Diagnostic) -> None:
        warnings.append(diagnostic.sqlstate)

    connection.add_notice_handler(hear)
    try:
        connection.execute("COMMIT")
    except psycopg.Error as error:
        if undecided(error):
            raise CommitUnknown(events) from error
        raise
    finally:
        connection.remove_notice_handler(hear)
    if NOT_REPLICATED in warnings:
        raise Unavailable(
            "incident log",
            "the events are committed, but the wait for a synchronous standby was cut short.",
            "Call again with the same key: what is in the log is answered from there.",
        )
