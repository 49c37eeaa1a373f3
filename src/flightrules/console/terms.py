"""Terms to which the console is served: its address, its sessions, its passkeys, the clock.

Knows: values that the command line puts together. Must not know: settings, or how any of them is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from flightrules.console.live import Streams
from flightrules.ports import Clock, Passkeys, Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything that the console needs beside the application."""

    origin: str
    """Origin of its pages as a browser writes it, from the settings and never from a request."""
    rp_id: str
    """The name that passkeys are bound to."""
    sessions: Sessions
    passkeys: Passkeys
    clock: Clock
    hours: timedelta = timedelta(hours=12)
    """Length of a session."""
    hosts: tuple[str, ...] = ()
    """Further `Host` headers that are answered, such as that of a proxy in front."""
    streams: Streams = field(default_factory=Streams)
    """Streams that keep pages live; whoever ends the process ends them first."""
