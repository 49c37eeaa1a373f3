"""Bounds of the logs that are read from a host.

Knows: how much of a log a host prints at most (host/probe.sh). Must not know: whose log it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.adapters.frames import Frame

MOST_LOG = 262_144
"""So much of the end of a log is printed at most."""
MOST_LINES_SINCE = 5_000
"""Number of last lines that are read when all lines since a moment are asked for."""


def cut(frames: Iterable[Frame]) -> str:
    """Return why these logs are not whole, or an empty text."""
    full = any(len(frame.out) >= MOST_LOG for frame in frames)
    return f"only the last {MOST_LOG // 1024} KiB were read" if full else ""
