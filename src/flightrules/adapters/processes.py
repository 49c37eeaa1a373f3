"""Check of which process of this machine holds a lease, and whether it is gone: a dead one need not be waited for.

Knows: /proc. Must not know: what is leased. Where anything is not certain, the process is there: then its time counts.
"""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
MARK = "@"
DEAD = frozenset("ZXx")
"""States of a process that does nothing any more, though nobody has asked for its end yet."""
STATE, START = 0, 19
"""Indexes of fields in /proc/PID/stat after the name, which may hold anything (proc_pid_stat(5), fields 3 and 22)."""


def marked(name: str) -> str:
    """A holder's name with this process in it; the name alone where there is no /proc."""
    pid = os.getpid()
    place, stat = _place(), _stat(pid)
    return f"{name}{MARK}{place}/{pid}/{stat[START]}" if place and stat else name


def gone(holder: str) -> bool:
    """Return True if the process that is marked in a holder's name is certainly gone.

    The number of a process that is gone is given to another one, so the moment of its start counts too.
    """
    _, found, mark = holder.rpartition(MARK)
    place, _, rest = mark.rpartition("/")
    place, _, pid = place.rpartition("/")
    if not found or place != _place() or not pid.isdecimal():
        return False
    stat = _stat(int(pid))
    return _unknown(int(pid)) if stat is None else stat[STATE] in DEAD or stat[START] != rest


def _place() -> str:
    """Return the scope in which a process number means something.

    It is this boot and this namespace, since containers have their own.
    """
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _unknown(pid: int) -> bool:
    """Return True if no process has that number.

    /proc may hide the processes of other accounts.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def _stat(pid: int) -> list[str] | None:
    try:
        return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
