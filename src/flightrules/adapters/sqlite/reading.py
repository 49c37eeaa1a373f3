"""The store of a command that only reads: a disk that takes nothing does not keep it from telling what there is.

Knows: when a copy is read instead, and that such a command may go without being on record. Must not know: commands.
Never for a command that changes anything: on a copy, what it changed would be gone.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flightrules.adapters.sqlite.copying import copied
from flightrules.adapters.sqlite.failures import explain, primary_code
from flightrules.adapters.sqlite.store import SqliteStore, append_to
from flightrules.errors import Unavailable
from flightrules.ports import Write
from flightrules.state.log import Recorded

if TYPE_CHECKING:
    from sqlite_utils import Database

UNWRITTEN = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""SQLite error codes for a disk that takes nothing, or that may not be written to."""


class ReadingStore(SqliteStore):
    """The event store, to be read from. `say` tells the person what is not as usual, each thing once."""

    def __init__(
        self,
        path: Path,
        say: Callable[[str], None],
        *,
        busy_s: float = 5.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(path, busy_s=busy_s, now=now)
        self._say = say
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._recorded = True

    async def append(self, *writes: Write) -> list[Recorded]:
        """Append as ever; where the disk takes nothing, that is said, nothing is appended and no record comes back."""
        try:
            return await self._run(partial(self._append_unless_copied, writes))
        except Unavailable as failed:
            if not _unwritten(failed.__cause__):
                raise
            self._say(str(failed))
            self._not_on_record()
            return []

    def _append_unless_copied(self, writes: Sequence[Write], database: Database) -> list[Recorded]:
        if self._copy is None:
            return append_to(writes, database)
        self._not_on_record()
        return []

    def _not_on_record(self) -> None:
        if self._recorded:
            self._recorded = False
            self._say("that you asked is not on record")

    def _open(self) -> Database:
        try:
            return super()._open()
        except sqlite3.Error as error:
            if self._copy is not None or not _unwritten(error) or not self._path.exists():
                raise
            self._copy = copied(self._path)
            if self._copy is None:
                raise
            self._go_to_the_copy(self._copy, error)
        return super()._open()

    def _go_to_the_copy(self, copy: tempfile.TemporaryDirectory[str], error: sqlite3.Error) -> None:
        self._say(str(explain(error, self._path)))
        self._say("what follows is read from a copy of it, made just now")
        self._path, self._file = Path(copy.name) / self._path.name, None

    def _let_go(self) -> None:
        super()._let_go()
        if self._closed and self._copy is not None:
            self._copy.cleanup()


def _unwritten(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.Error) and primary_code(error) in UNWRITTEN
