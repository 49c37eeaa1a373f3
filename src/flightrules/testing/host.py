"""The state of one scripted host.

Knows: what a host holds. Must not know: how it is asked or changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flightrules.state.evidence import Deploy
from flightrules.state.guard import Guard
from flightrules.state.operation import Operation, OperationStatus, Step
from flightrules.testing.clock import START


def image_of(service: str, release: str) -> str:
    """The image id that the scripted world gives to a service built at a release."""
    return "sha256:" + hashlib.sha256(f"{service}@{release}".encode()).hexdigest()


@dataclass
class ScriptedOperation:
    """An operation as a scripted host holds it."""

    operation: Operation
    looks_left: int
    looked: OperationStatus = field(default_factory=lambda: OperationStatus(state="running"))


@dataclass
class ScriptedHost:
    """The state of one host. Tests set it and read it."""

    head: str
    serving: str
    """The release that the containers run."""
    branch: str | None = "main"
    services: tuple[str, ...] = ("web",)
    images: set[tuple[str, str]] = field(default_factory=set)
    """(service, release) whose image is on the host."""
    remembered: set[tuple[str, str]] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    """Services whose container does not run."""
    dirty: tuple[str, ...] = ()
    deploys: list[Deploy] = field(default_factory=list)
    lock_holder: str = ""
    shadowed: tuple[str, ...] = ()
    unreachable: str = ""
    """Reason that nothing reaches the host; empty if it answers."""
    operations: dict[str, ScriptedOperation] = field(default_factory=dict)
    started_at: datetime = START - timedelta(hours=1)
    """Time at which the running services were started."""
    guard: Guard = field(default_factory=lambda: Guard(gate=True))
    """Guard of the host: what it lets the server's key do beside the protocol."""
    ran: list[Step] = field(default_factory=list)
    """Every step that was started, undos left out."""
