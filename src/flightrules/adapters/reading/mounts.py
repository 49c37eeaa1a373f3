"""Parsing of the lines of host/mounted.sh: what containers see at their mounts of the work tree.

Knows: its columns. Must not know: what follows from what is seen.
"""

from __future__ import annotations

from typing import Literal

from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.operation import Mounted
from flightrules.state.untrusted import lines_of, one_line

MOST_SAID = 300
_COLUMNS = 4
_SEES: dict[str, Literal["same", "old"]] = {"same": "same", "old": "old"}
NOT_TOLD = "the kernel does not show this account what is mounted there"


def mounts(records: Records) -> tuple[Mounted, ...]:
    """One for each mount, in order (the engine lists them in any); a single unknown one if they could not be read."""
    try:
        lines = lines_of(records.text("mounts"))
    except Unreadable as error:
        return (Mounted(sees="unknown", why=one_line(str(error), MOST_SAID)),)
    found = (_mounted(line.split("\t")) for line in lines if line)
    return tuple(sorted(found, key=lambda item: (item.service, item.path, item.source, item.sees)))


def _mounted(columns: list[str]) -> Mounted:
    if len(columns) != _COLUMNS:
        return Mounted(sees="unknown", why="its path cannot be told apart")
    state, service, path, source = (one_line(word, MOST_SAID) for word in columns)
    sees = _SEES.get(state, "unknown")
    why = NOT_TOLD if sees == "unknown" else ""
    return Mounted(service=service, path=path, source=source, sees=sees, why=why)
