"""Records of one program run on a host, by name.

Knows: that a record may be missing, or its probe have failed. Must not know: what is in one.
"""

from __future__ import annotations

from collections.abc import Mapping

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.unreadable import Unreadable


class Records:
    """The records of one program run, and why one that is not among them is missing."""

    def __init__(self, frames: Mapping[str, Frame], missing: str) -> None:
        self.frames = frames
        self.missing = missing or "the host did not print it"

    def get(self, name: str) -> Frame:
        """A record of a probe that succeeded. Raises `Unreadable` with why it did not."""
        frame = self.frames.get(name)
        if frame is None:
            raise Unreadable(self.missing)
        if frame.why:
            raise Unreadable(frame.why)
        return frame

    def text(self, name: str) -> str:
        """Return what that probe printed."""
        return self.get(name).text

    def took_ms(self, *names: str) -> int:
        """Return the time that the slowest of some probes took, in milliseconds."""
        return max((self.frames[name].took_ms for name in names if name in self.frames), default=0)
