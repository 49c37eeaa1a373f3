"""Facts that a target file needs to reach a host of the sandbox over SSH.

Knows: the shape. Must not know: which SSH server answers there.
"""

from __future__ import annotations

import contextlib
import random
import socket
from dataclasses import dataclass
from pathlib import Path

import asyncssh

_UNPRIVILEGED = 10_000
"""Below, well-known services have their ports."""
_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ssh:
    """One SSH server on loopback with keys of its own."""

    address: str
    port: int
    user: str
    key: Path
    """The client's private key."""
    host_key: str
    """The server's public key, `type base64`."""


async def connect(ssh: Ssh) -> asyncssh.SSHClientConnection:
    """Connect as a plain client with the pinned host key, whatever this machine's own SSH settings say."""
    known = asyncssh.import_known_hosts(f"[{ssh.address}]:{ssh.port} {ssh.host_key}\n")
    return await asyncssh.connect(
        ssh.address, ssh.port, username=ssh.user, client_keys=[str(ssh.key)], known_hosts=known, config=None
    )


def free_port() -> int:
    """A loopback port that is free, and where there are such, one that no outgoing connection is given meanwhile."""
    quiet = range(_UNPRIVILEGED, _first_given_away())
    for port in random.sample(quiet, min(_TRIES, len(quiet))):
        with contextlib.suppress(OSError):
            return _bound(port)
    return _bound(0)


def _first_given_away() -> int:
    """Return the first port that the system gives to outgoing connections; 0 if it does not tell."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        return 0


def _bound(port: int) -> int:
    """The port that could be bound, any for 0. Raises `OSError` where it is taken."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])
