"""Parsing of what the host's own small programs print.

Knows: df, /proc/meminfo and date as host/*.sh ask for them. Must not know: how they were run.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import Filesystem, Memory
from flightrules.state.untrusted import lines_of, one_line

_DF = re.compile(r"(.+?)\s+(\d{1,18})\s+(\d{1,18})\s+(-?\d{1,18})\s+(?:\d{1,18}%|-)\s+(/.*)")
_PSEUDO = frozenset(
    {"tmpfs", "devtmpfs", "udev", "shm", "none", "proc", "sysfs", "efivarfs", "squashfs", "overlay", "run"}
)
_KIB = 1024


def filesystems(text: str, inodes: str = "") -> tuple[Filesystem, ...]:
    """The real filesystems of `df -P -k`: each once, images that are always full and those in memory left out.

    `inodes` is what `df -P -i` lists; a filesystem that has no fixed number of them lists none.
    """
    found: dict[str, Filesystem] = {}
    counted = _inodes(inodes)
    for line in lines_of(text):
        row = _DF.fullmatch(line)
        if row is None or int(row[2]) == 0:
            continue
        source, size, available, mount = row[1], int(row[2]), int(row[4]), one_line(row[5], 300)
        if (source in _PSEUDO and mount != "/") or source.startswith("/dev/loop"):
            continue
        known = found.get(source)
        if known is None or len(mount) < len(known.mount):
            files, free_files = counted.get(row[5], (None, None))
            found[source] = Filesystem(
                mount=mount,
                size_bytes=size * _KIB,
                available_bytes=max(available, 0) * _KIB,
                inodes=files,
                free_inodes=free_files,
            )
    if not found:
        raise Unreadable("df listed no filesystem")
    return tuple(sorted(found.values(), key=lambda item: item.mount))


def _inodes(text: str) -> dict[str, tuple[int, int]]:
    """Return how many inodes each mounted filesystem has, and how many are free."""
    rows = (row for line in lines_of(text) if (row := _DF.fullmatch(line)))
    return {row[5]: (int(row[2]), max(int(row[4]), 0)) for row in rows if int(row[2])}


def free(text: str) -> tuple[int, int | None]:
    """The free bytes and inodes of the one filesystem that `df -P -k PATH` and, after a mark, `df -P -i PATH` list."""
    space, _, inodes = text.partition("\ninodes\n")
    rows = [row for line in lines_of(space) if (row := _DF.fullmatch(line))]
    if not rows:
        raise Unreadable("df listed no filesystem")
    files = [free_files for _, free_files in _inodes(inodes).values()]
    return max(int(rows[-1][4]), 0) * _KIB, files[-1] if files else None


def memory(text: str) -> Memory:
    """Memory of /proc/meminfo; kernels before 3.14 do not tell what is available."""
    found = {name: int(size) * _KIB for name, size in re.findall(r"^(\w+):\s+(\d{1,18}) kB$", text, re.MULTILINE)}
    total, available = found.get("MemTotal"), found.get("MemAvailable", found.get("MemFree"))
    if total is None or available is None:
        raise Unreadable("/proc/meminfo has no MemTotal or MemAvailable")
    return Memory(total_bytes=total, available_bytes=available)


def clock(text: str) -> datetime:
    """The host's time, from milliseconds since the epoch."""
    digits = text.strip()
    if not re.fullmatch(r"\d{1,14}", digits):
        raise Unreadable("date printed no time")
    return datetime.fromtimestamp(int(digits) / 1000, UTC)


def written(text: str) -> dict[str, datetime]:
    """Return when files were last written, from lines with milliseconds since the epoch and a file."""
    rows = re.findall(r"^(\d{1,14}) (.+)$", text, re.MULTILINE)
    return {path: datetime.fromtimestamp(int(moment) / 1000, UTC) for moment, path in rows}
