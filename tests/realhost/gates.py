"""A production on an SSH server of its own: its key stands behind the gate, or its connections are cut.

Knows: how a host is set up. Must not know: what the gate lets through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sandbox.production import Production
from sandbox.sshd import Sshd, put_behind_gate, start_sshd

P = TypeVar("P", bound=Production)


@contextmanager
def own_sshd(folder: Path) -> Iterator[Sshd]:
    """An SSH server that nobody else uses: tests that run beside this one have connections to the host's own."""
    sshd = start_sshd(folder)
    try:
        yield sshd
    finally:
        sshd.stop()


@contextmanager
def behind_gate(production: P, folder: Path) -> Iterator[P]:
    """The same production, reached through another server with a key of its own."""
    with own_sshd(folder) as sshd:
        put_behind_gate(sshd.ssh, production.target)
        yield replace(production, ssh=sshd.ssh)
