"""A destination made of memory: it takes parcels, fails as told, and keeps what arrived.

Knows: ports.Sender. Must not know: who sends, or what a parcel says.
"""

from __future__ import annotations

from flightrules.ports import Parcel, Receipt


class ScriptedSender:
    """Keeps ports.Sender; every switch is an attribute that a test may set at any time."""

    at_once = True

    def __init__(self) -> None:
        self.handed: list[Parcel] = []
        """Every attempt that reached it, the same parcel as often as it came."""
        self.arrived: dict[str, Parcel] = {}
        """What is there, once for each id."""
        self.failing: list[Receipt] = []
        """What the next attempts come to instead."""
        self.why = ""
        """Why nothing arrives; empty where it does."""

    async def send(self, parcel: Parcel) -> Receipt:
        """Take a parcel, or fail."""
        if self.failing:
            return self.failing.pop(0)
        if self.why:
            return Receipt(arrived=False, why=self.why)
        self.handed.append(parcel)
        self.arrived[parcel.id] = parcel
        return Receipt(arrived=True, reference=f"memory:{parcel.id}")

    async def check(self) -> str:
        """What it is."""
        return "memory"
