"""OpenSSH servers of the sandbox: each with keys, a port and an environment of its own.

Knows: sshd's settings and its processes. Must not know: what is done over a connection.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flightrules.adapters.gate import Role, authorized, gate
from flightrules.state.target import Target
from sandbox.process import SandboxError, Started, children_of, run, start, wait_until
from sandbox.ssh import Ssh, free_port

PROGRAM = "/usr/sbin/sshd"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sshd:
    """One server that was started."""

    ssh: Ssh
    process: Started

    def cut(self) -> int:
        """Cut every connection now, as a failing network does; says how many there were."""
        sessions = list(children_of(self.process))
        for session in sessions:
            os.kill(session.pid, signal.SIGKILL)
        return len(sessions)

    def stop(self) -> None:
        """Stop the server and cut its connections; commands that detached themselves go on."""
        sessions = list(children_of(self.process))  # afterwards nobody could tell whose they are
        for process in (self.process, *sessions):
            process.stop(grace_s=2.0)


def start_sshd(
    folder: Path,
    *,
    address: str = _LOOPBACK,
    port: int = 0,
    env: Mapping[str, str] | None = None,
    inside: tuple[str, ...] = (),
) -> Sshd:
    """Start a server whose keys lie in `folder`; keys that are there are kept.

    `env` is set for every command it runs; `inside` are words that run a program elsewhere (in a network namespace).

    Raises:
        SandboxError: it did not come up; the message holds the end of its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    for name in ("host_key", "client_key"):
        if not (folder / name).exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "sandbox", "-f", folder / name)
    shutil.copy(folder / "client_key.pub", folder / "authorized_keys")
    (folder / "sshd_config").write_text(_config(folder, address, port, env or {}))
    # Debian's sshd refuses to start without its privilege separation folder.
    Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
    log = folder / "sshd.log"
    process = start(*inside, PROGRAM, "-D", "-e", "-f", folder / "sshd_config", log=log)
    up = wait_until(lambda: not process.alive() or _greets(address, port), limit_s=10.0)
    if not up or not process.alive():
        process.stop()
        raise SandboxError(f"sshd did not come up, see {log}: {log.read_text()[-500:]}")
    return Sshd(ssh=reached_at(folder, address=address, port=port), process=process)


def put_behind_gate(ssh: Ssh, target: Target, role: Role = "services") -> None:
    """From the next login on the key of this server can do no more than the target's gate allows."""
    folder = ssh.key.parent
    script = folder / "gate"
    fresh = folder / "gate.new"
    fresh.write_text(gate(target, role))
    fresh.chmod(0o755)
    fresh.rename(script)
    line = authorized((folder / "client_key.pub").read_text(), str(script))
    (folder / "authorized_keys").write_text(f"{line}\n")


def reached_at(folder: Path, *, address: str = _LOOPBACK, port: int) -> Ssh:
    """Return how to reach the server whose keys lie in `folder`."""
    host_key = " ".join((folder / "host_key.pub").read_text().split()[:2])
    return Ssh(address=address, port=port, user=getpass.getuser(), key=folder / "client_key", host_key=host_key)


def _config(folder: Path, address: str, port: int, env: Mapping[str, str]) -> str:
    set_env = " ".join(f'"{name}={value}"' for name, value in env.items())
    return "\n".join(
        [
            f"ListenAddress {address}:{port}",
            f"HostKey {folder}/host_key",
            f"AuthorizedKeysFile {folder}/authorized_keys",
            "PidFile none",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password",
            "StrictModes no",  # the keys lie in a temporary folder
            "UsePAM no",
            "MaxStartups 200:30:400",
            "MaxSessions 64",
            *([f"SetEnv {set_env}"] if set_env else []),
            "",
        ]
    )


def _greets(address: str, port: int) -> bool:
    try:
        with closing(socket.create_connection((address, port), timeout=1.0)) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
