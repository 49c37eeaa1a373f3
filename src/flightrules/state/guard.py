"""What a host lets the server's key do, beside what the protocol needs of it, and whether others could use the key.

Knows: the shape. Must not know: how it was tried.
"""

from __future__ import annotations

from flightrules.state.value import Value


class Guard(Value):
    """What was seen when things were tried that the protocol never does."""

    gate: bool
    """Whether flightrules' own gate answered (docs/host-setup.md)."""
    commands: bool = False
    """Whether the key runs a command of any kind."""
    forwarding: bool = False
    """Whether the key opens ports to what the host can reach."""
    key_open: bool = False
    """Whether others on the server's machine can read the key's file."""
