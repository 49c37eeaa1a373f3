"""A systemd of its own: the real one as init of a namespace, over this machine's files, with units of its own.

Knows: which mounts and units systemd and journald need. Must not know: what its units are for.
Nothing of this machine's systemd, journal or `/run` is seen or changed; all ends when its init is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.process import SandboxError, Started, children_of, run, start, wait_until

INIT = Path("/lib/systemd/systemd")
_UNITS = Path("/lib/systemd/system")
_JOURNALD = ("systemd-journald.service", "systemd-journald.socket")
_CGROUPS = Path("/sys/fs/cgroup")
_LIMIT_S = 30.0

_BOOT = """\
set -eu
units=$1 cgroup=$2 machine=$3
echo $$ >"$cgroup/cgroup.procs"
exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup sh -eu -c '
mount --make-rprivate /
mount -t proc proc /proc
if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
  mount -t tmpfs tmpfs /sys/fs/cgroup
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
fi
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd
mount --bind "$2" /etc/machine-id
[ ! -d /var/log/journal ] || mount -t tmpfs tmpfs /var/log/journal
exec env -i container=flightrules PATH="$PATH" SYSTEMD_UNIT_PATH="$1" /lib/systemd/systemd --log-target=console
' boot "$units" "$machine"
"""

_TARGET = "[Unit]\nDescription={0}\nDefaultDependencies=no\n"
_DEFAULT = f"{_TARGET.format('The sandbox')}Wants=systemd-journald.service\nAfter=systemd-journald.service\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Systemd:
    """One systemd that runs."""

    units: Path
    """Folder of its units; write one there and call `reload`."""
    init: int
    """Process id of its init on this machine."""

    @property
    def inside(self) -> tuple[str, ...]:
        """Words that run a program where this systemd is the init."""
        return ("nsenter", "-t", str(self.init), "-m", "-p", "-u", "-i", "-C", "--")

    def run(self, *words: str) -> str:
        """Run a program where this systemd is the init."""
        return run(*self.inside, *words)

    def install(self, name: str, text: str) -> None:
        """Write a unit, and let systemd read it."""
        (self.units / name).write_text(text)
        self.run("systemctl", "daemon-reload")


def obstacle() -> str | None:
    """Return the reason that no systemd can run here, in one line; None if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a systemd of its own needs Linux and root"
    missing = [name for name in ("unshare", "nsenter", "journalctl", "systemctl") if shutil.which(name) is None]
    if not INIT.exists() or missing:
        return f"systemd is not installed ({', '.join(missing) or INIT} is missing)"
    return None


@contextmanager
def own_systemd(folder: Path) -> Iterator[Systemd]:
    """Run a systemd until the block ends; its units and its log lie in `folder`.

    Raises:
        SandboxError: it did not come up; the message holds the end of its log.
    """
    why_not = obstacle()
    if why_not is not None:
        raise SandboxError(why_not)
    units, machine, cgroup = folder / "units", folder / "machine-id", _own_cgroup()
    _write_units(units)
    machine.write_text(f"{uuid.uuid4().hex}\n")
    log = folder / "systemd.log"
    outside = start("sh", "-c", _BOOT, "boot", units, cgroup, machine, log=log)
    try:
        yield _booted(outside, units, log)
    finally:
        _end(outside)
        _remove_cgroup(cgroup)


def _booted(outside: Started, units: Path, log: Path) -> Systemd:
    found: list[Systemd] = []

    def answers() -> bool:
        for child in children_of(outside):
            booted = Systemd(units=units, init=child.pid)
            try:
                state = booted.run("systemctl", "is-active", "systemd-journald.service")
            except SandboxError:
                return False
            found.append(booted)
            return state.strip() == "active"
        return False

    if not wait_until(lambda: not outside.alive() or answers(), limit_s=_LIMIT_S, every_s=0.1) or not found:
        raise SandboxError(f"systemd did not come up, see {log}: {log.read_text()[-1000:]}")
    return found[-1]


def _end(outside: Started) -> None:
    """Kill the init, and with it all that ever ran in its namespace."""
    for init in children_of(outside):
        os.kill(init.pid, signal.SIGKILL)
    outside.stop(grace_s=5.0)


def _write_units(units: Path) -> None:
    units.mkdir(parents=True)
    for name in _JOURNALD:
        text = (_UNITS / name).read_text()
        kept = [line for line in text.splitlines() if not line.startswith(("Sockets=", "Requires=", "Also=", "Wants="))]
        (units / name).write_text("\n".join(kept) + "\n")
    for name in ("sysinit", "basic", "shutdown", "sockets", "rescue"):
        (units / f"{name}.target").write_text(_TARGET.format(name))
    (units / "default.target").write_text(_DEFAULT)


def _own_cgroup() -> Path:
    """Return a new cgroup: two systemds in one would take each other's processes for their own."""
    systemd = _CGROUPS / "systemd"
    cgroup = (systemd if systemd.is_dir() else _CGROUPS) / f"flightrules-{uuid.uuid4().hex[:12]}"
    cgroup.mkdir()
    return cgroup


def _remove_cgroup(cgroup: Path) -> None:
    def removed() -> bool:
        for folder in sorted((path for path in cgroup.rglob("*") if path.is_dir()), reverse=True):
            _try_rmdir(folder)
        return _try_rmdir(cgroup)

    wait_until(removed, limit_s=5.0)


def _try_rmdir(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return not folder.exists()
    return True
