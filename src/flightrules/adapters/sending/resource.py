"""Leaves a brief where another MCP client reads it: `incident://{incident}/brief` is a projection of the log.

Knows: the resource's address. Must not know: who reads it.
"""

from __future__ import annotations

from flightrules.ports import OutboundMessage, Receipt


class ResourceSender:
    """Keeps ports.Sender by doing nothing: what is recorded can be read."""

    at_once = True

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Say where it can be read."""
        return Receipt(arrived=True, reference=f"incident://{outbound.incident}/brief")

    async def check(self) -> str:
        """Return the resource that a client reads."""
        return "resource incident://{incident}/brief"
