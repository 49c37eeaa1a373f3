"""How to reach a host of the sandbox over SSH: the facts a target file needs.

Knows: the shape. Must not know: which SSH server answers there.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path


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


def free_port() -> int:
    """A loopback port that the operating system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
