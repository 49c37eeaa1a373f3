"""Processes of the sandbox: run one to its end, start one that stays, stop exactly what was started.

Knows: process ids and /proc. Must not know: what the processes are for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_ZOMBIE = "Z"


class SandboxError(Exception):
    """The sandbox could not do what it was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Started:
    """One process; its start time tells it from a later one that got the same id."""

    pid: int
    since: int

    def alive(self) -> bool:
        """Return True if this very process still runs."""
        return _since(self.pid) == self.since

    def stop(self, *, grace_s: float = 10.0) -> None:
        """Ask it to end, and after the grace make it."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.alive():
                return
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return
            wait_until(lambda: not self.alive(), limit_s=grace_s)


def run(
    *argv: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: bytes | None = None
) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        SandboxError: it is not installed, or it failed.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words, cwd=cwd, env={**os.environ, **(env or {})}, input=stdin, capture_output=True, check=False
        )
    except FileNotFoundError as missing:
        raise SandboxError(f"{words[0]} is not installed on this machine") from missing
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise SandboxError(f"{' '.join(words)} ended with {done.returncode}: {said[-2000:]}")
    return done.stdout.decode(errors="replace")


def start(*argv: str | Path, log: Path) -> Started:
    """Start a process that outlives this one, its output in `log`."""
    launch = 'log=$1; shift; setsid "$@" >>"$log" 2>&1 </dev/null & echo $!'
    pid = int(run("sh", "-c", launch, "launch", log, *argv))
    since = _since(pid)
    if since is None:
        raise SandboxError(f"{argv[0]} ended at once, see {log}")
    return Started(pid, since)


def wait_until(condition: Callable[[], bool], *, limit_s: float, every_s: float = 0.05) -> bool:
    """Wait for a condition, and say whether it came within the limit."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


def unmount(point: Path) -> None:
    """Unmount one place. A container that another engine starts just then holds a copy of every mount for a moment."""

    def unmounted() -> bool:
        try:
            run("umount", point)
        except SandboxError:
            return False
        return True

    if not wait_until(unmounted, limit_s=10):
        run("umount", point)  # says why


def living_in(folder: Path) -> Iterator[Started]:
    """Processes that work in a folder or were started with a path inside it: daemons that left their session."""
    inside = str(folder.resolve())
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        since = _since(int(entry.name))
        if since is not None and _touches(entry, inside):
            yield Started(int(entry.name), since)


def children_of(process: Started) -> Iterator[Started]:
    """Processes that a process started itself and that still run."""
    for entry in _PROC.iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else None
        if fields is not None and int(fields[1]) == process.pid:
            yield Started(int(entry.name), int(fields[19]))


def stop_all_in(folder: Path) -> None:
    """Stop every process that lives in a folder, each by its id."""
    for process in list(living_in(folder)):
        process.stop(grace_s=2.0)


def _touches(entry: Path, inside: str) -> bool:
    try:
        cwd = str((entry / "cwd").readlink())
        words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return cwd == inside or cwd.startswith(f"{inside}/") or any(f"{inside}/" in word for word in words)


def _since(pid: int) -> int | None:
    """Return when a process began, in clock ticks; None once it is gone or only waits to be reaped."""
    fields = _stat(pid)
    return None if fields is None or fields[0] == _ZOMBIE else int(fields[19])


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on: the name before them may hold blanks and parentheses."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
