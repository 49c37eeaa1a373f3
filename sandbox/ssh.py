"""How to reach a host of the sandbox over SSH: the facts a target file needs.

Knows: the shape. Must not know: which SSH server answers there.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

import asyncssh


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
    """A loopback port that the operating system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
