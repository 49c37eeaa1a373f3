"""A test message to each destination, and what came back.

Knows: that a message is marked as a test. Must not know: how anything is sent.
It stands in no incident's log and in no outbox: a failed one is not tried again.
"""

from __future__ import annotations

import asyncio

from flightrules.ports import Parcel, Sender
from flightrules.service.checkup.target import Row
from flightrules.service.desk import Desk
from flightrules.service.messages.delivering import handed_over
from flightrules.state.vocabulary import Audience
from flightrules.state.words import moment

MARK = "[test]"


async def notify_rows(desk: Desk) -> list[Row]:
    """Send each destination a message that says it is a test."""
    name = desk.ids.new("TEST")
    rows = [_row(to, sender, _parcel(desk, name, to)) for to, sender in desk.senders.items()]
    return list(await asyncio.gather(*rows)) or [
        Row(part="test message", state="warn", saw="there is no destination", mend="Set lists in [notify].")
    ]


def _parcel(desk: Desk, name: str, to: str) -> Parcel:
    now = desk.clock.now()
    return Parcel(
        id=f"{name}:0:{to.partition('/')[0]}",
        incident=name,
        audience=Audience(to.partition("/")[0]),
        title=f"{MARK} flightrules: this is a test, nothing happened",
        text=f"{MARK} Sent by `flightrules doctor --notify` to {to} at {moment(now)}. Nobody needs to do anything.",
        at=now,
    )


async def _row(to: str, sender: Sender, parcel: Parcel) -> Row:
    receipt = await handed_over(sender, lambda: parcel)
    part = f"test message to {to}"
    if receipt.arrived and not receipt.left:
        return Row(part=part, saw=f"arrived{f' at {receipt.reference}' if receipt.reference else ''} ({parcel.id})")
    return Row(
        part=part, state="FAIL", saw=receipt.why or "not taken", mend="Correct this destination in the settings."
    )
