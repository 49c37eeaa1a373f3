"""The records a host program prints: one a probe, whole or not there.

Knows: the form (host/frames.sh writes it). Must not know: what is inside.
Lengths rule: nothing that a record holds can end it early or begin another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(rb"@@ ([A-Za-z0-9_.:-]{1,300}) (\d{1,3}) (-?\d{1,12}) (\d{1,10}) (\d{1,10})\n")

TIMED_OUT = frozenset({124, 137})
"""Exit statuses of timeout(1): after TERM, after KILL."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Output of one probe."""

    name: str
    status: int
    took_ms: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """The output as text."""
        return self.out.decode(errors="replace")

    @property
    def why(self) -> str:
        """Return the reason that the probe failed; empty if it did not."""
        if self.status == 0:
            return ""
        if self.status in TIMED_OUT:
            return f"no end within its time limit ({self.took_ms} ms)"
        last = (self.err or self.out).decode(errors="replace").strip().splitlines()[-1:]
        return f"exit status {self.status}" + (f": {last[0]}" if last else "")


def parse(data: bytes) -> dict[str, Frame]:
    """The whole records by name; reading stops at the first that is cut or is none."""
    found: dict[str, Frame] = {}
    at = 0
    while header := _HEADER.match(data, at):
        name, status, took, out, err = header.groups()
        begin, size = header.end(), int(out) + int(err)
        if data[begin + size : begin + size + 1] != b"\n":
            break
        middle = begin + int(out)
        body = data[begin:middle], data[middle : begin + size]
        found.setdefault(name.decode(), Frame(name.decode(), int(status), max(int(took), 0), *body))
        at = begin + size + 1
    return found
