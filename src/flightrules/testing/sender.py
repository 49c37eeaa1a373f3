"""A destination made of memory: it takes parcels, fails as told, and keeps what arrived.

Knows: ports.Sender. Must not know: who sends, or what a parcel says.
"""

from __future__ import annotations

from flightrules.ports import OutboundMessage, Receipt


class ScriptedSender:
    """Keeps ports.Sender; every switch is an attribute that a test may set at any time."""

    at_once = True

    def __init__(self) -> None:
        self.handed: list[OutboundMessage] = []
        """Every attempt that reached it, the same parcel as often as it came."""
        self.arrived: dict[str, OutboundMessage] = {}
        """Parcels that arrived, by id; each is there once."""
        self.failing: list[Receipt] = []
        """Receipts that the next attempts get instead of an arrival."""
        self.why = ""
        """Reason that nothing arrives; empty if it does."""

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Take a parcel, or fail."""
        if self.failing:
            return self.failing.pop(0)
        if self.why:
            return Receipt(arrived=False, why=self.why)
        self.handed.append(outbound)
        self.arrived[outbound.id] = outbound
        return Receipt(arrived=True, reference=f"memory:{outbound.id}")

    async def check(self) -> str:
        """Return what it sends to: memory."""
        return "memory"
