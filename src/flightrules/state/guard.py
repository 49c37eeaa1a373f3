"""Access that a host gives to the server's key beyond the protocol's needs, and possible use of the key by others.

Knows: the shape. Must not know: how it was tried.
"""

from __future__ import annotations

from flightrules.state.value import Value


class Guard(Value):
    """Results of trying actions on a host that the protocol never takes."""

    gate: bool
    """True if flightrules' own gate answered (docs/host-setup.md)."""
    commands: bool = False
    """True if the key can run commands of any kind."""
    forwarding: bool = False
    """True if the key can open ports to addresses that the host can reach."""
    key_open: bool = False
    """True if others on the server's machine can read the key's file."""
