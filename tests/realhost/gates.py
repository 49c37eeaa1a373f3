"""A production whose key stands behind the gate, on an SSH server of its own.

Knows: how a host is set up. Must not know: what the gate lets through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sandbox.production import Production
from sandbox.sshd import put_behind_gate, start_sshd

P = TypeVar("P", bound=Production)


@contextmanager
def behind_gate(production: P, folder: Path) -> Iterator[P]:
    """The same production, reached through another server with a key of its own."""
    sshd = start_sshd(folder)
    put_behind_gate(sshd.ssh, production.target)
    try:
        yield replace(production, ssh=sshd.ssh)
    finally:
        sshd.stop()
