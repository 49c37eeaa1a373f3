"""Bounds of the logs that are read from a host.

Knows: how much of a log a host prints at most (host/probe.sh). Must not know: whose log it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flightrules.adapters.frames import Frame

MOST_LOG = 262_144
"""So much of the end of a log is printed at most."""
MOST_LINES_SINCE = 5_000
"""Number of last lines that are read when all lines since a moment are asked for."""

_MAY_NOT_READ = re.compile(
    r"not seeing messages from other users|insufficient permissions|permission denied|not permitted|cannot open"
    r"|could not be opened|no journal files|failed to (?:open|connect|get|add)",
    re.IGNORECASE,
)


def may_not_read(said: str) -> bool:
    """Return True if these are the words of a program that may not read a log, or could not open it."""
    return _MAY_NOT_READ.search(said) is not None


def cut(frames: Iterable[Frame]) -> str:
    """Return why these logs are not whole, or an empty text."""
    full = any(len(frame.out) >= MOST_LOG for frame in frames)
    return f"only the last {MOST_LOG // 1024} KiB were read" if full else ""
