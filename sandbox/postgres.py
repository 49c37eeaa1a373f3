"""A real PostgreSQL in a temporary folder, on a socket in it; `python -m sandbox.postgres` installs the packages.

Knows: the programs of Debian's packages. Must not know: what is stored. Nothing listens on a port.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.process import SandboxError, run, wait_until

PACKAGES = ("postgresql-15", "pgbouncer")
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PGBOUNCER = Path("/usr/sbin/pgbouncer")
OWNER = "postgres"
"""Name of the superuser of each cluster."""
_POLICY = Path("/usr/sbin/policy-rc.d")


def obstacle() -> str | None:
    """Return the reason that there is no PostgreSQL here, in one line; None if there is one."""
    missing = [str(path) for path in (PROGRAMS / "postgres", PGBOUNCER) if not path.exists()]
    return f"{' and '.join(missing)} missing (python -m sandbox.postgres)" if missing else None


def install() -> None:
    """Install Debian's packages where they are missing; no service of theirs is started."""
    if obstacle() is None:
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    planted = not _POLICY.exists()
    if planted:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
    try:
        run("apt-get", "update", "-qq", env=quiet)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES, env=quiet)
    finally:
        if planted:
            _POLICY.unlink()


@dataclass(slots=True)
class Cluster:
    """One database server and its folder."""

    folder: Path
    """Data and sockets; the account that runs the server owns it."""
    name: str = "main"
    _process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / self.name

    @property
    def socket(self) -> Path:
        """The folder of the socket."""
        return self.folder / f"{self.name}.s"

    def url(self, database: str = "postgres", user: str = OWNER) -> str:
        """Return the address of a database, for a role."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def make(self) -> None:
        """Make the cluster. Whoever reaches the socket may connect as any role."""
        self.socket.mkdir()
        _owned(self.socket)
        words = ("-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run(*_as_owner(PROGRAMS / "initdb", "-D", self.data, *words))

    def start(self, settings: Mapping[str, str] | None = None) -> None:
        """Start the server and wait until it answers."""
        given = {
            "unix_socket_directories": str(self.socket),
            "listen_addresses": "",
            "max_connections": "100",
            "shared_buffers": "32MB",
            "max_wal_size": "256MB",
            "logging_collector": "off",
            **(settings or {}),
        }
        words = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in _as_owner(PROGRAMS / "postgres", "-D", self.data, *words)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not wait_until(self.answers, limit_s=60.0):
            raise SandboxError(f"PostgreSQL did not start: {(self.folder / f'{self.name}.log').read_text()[-2000:]}")

    def answers(self) -> bool:
        """Return True if the server takes connections."""
        if self._process is None or self._process.poll() is not None:
            raise SandboxError(f"PostgreSQL ended: {(self.folder / f'{self.name}.log').read_text()[-2000:]}")
        asked = subprocess.run(
            [PROGRAMS / "pg_isready", "-q", "-h", self.socket, "-d", "postgres", "-U", OWNER], check=False
        )
        return asked.returncode == 0

    def psql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the superuser, and return what it printed."""
        words = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", OWNER, "-d", database)
        return run(PROGRAMS / "psql", *words, "-c", statement).strip()

    def kill(self) -> None:
        """Kill the server and all its processes with no chance to do anything (kill -9)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop the server, whoever is connected."""
        self._end(signal.SIGQUIT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        # setpriv has become the server, which leads a process group of its own; its children lead none of theirs.
        for pid in (
            (*_children(self._process.pid), self._process.pid) if number is signal.SIGKILL else (self._process.pid,)
        ):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        self._process.wait(timeout=60)
        self._process = None


@contextmanager
def cluster(settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A database server of one's own, gone at the end with all that it holds."""
    with place() as folder:
        server = Cluster(folder)
        server.make()
        server.start(settings)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def place() -> Iterator[Path]:
    """A folder that the account of the server owns; its name is short, since a socket's address is."""
    folder = Path(tempfile.mkdtemp(prefix="frpg-", dir="/tmp"))
    folder.chmod(0o711)
    _owned(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    """Return the account that runs a server; None where it is this one. PostgreSQL refuses to run as root."""
    return pwd.getpwnam(OWNER) if os.geteuid() == 0 else None


def _owned(folder: Path) -> None:
    account = _account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _as_owner(*argv: str | Path) -> list[str | Path]:
    account = _account()
    if account is None:
        return list(argv)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *argv]


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


def main() -> int:
    """Install what is missing."""
    try:
        install()
    except SandboxError as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
