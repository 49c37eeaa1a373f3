"""A test message to each destination, and what came back.

Knows: that a message is marked as a test. Must not know: how anything is sent.
It stands in no incident's log and in no outbox: a failed one is not tried again.
"""

from __future__ import annotations

import asyncio

from flightrules.ports import OutboundMessage, Sender
from flightrules.service.checkup.target import Row
from flightrules.service.incident_service import IncidentService
from flightrules.service.messages.delivering import handed_over
from flightrules.state.vocabulary import Audience
from flightrules.state.words import moment

MARK = "[test]"


async def notify_rows(incidents: IncidentService) -> list[Row]:
    """Send each destination a message that says it is a test."""
    name = incidents.ids.new("TEST")
    rows = [_row(to, sender, _outbound(incidents, name, to)) for to, sender in incidents.senders.items()]
    return list(await asyncio.gather(*rows)) or [
        Row(part="test message", state="warn", saw="there is no destination", mend="Set lists in [notify].")
    ]


def _outbound(incidents: IncidentService, name: str, to: str) -> OutboundMessage:
    now = incidents.clock.now()
    return OutboundMessage(
        id=f"{name}:0:{to.partition('/')[0]}",
        incident=name,
        audience=Audience(to.partition("/")[0]),
        title=f"{MARK} flightrules: this is a test, nothing happened",
        text=f"{MARK} Sent by `flightrules doctor --notify` to {to} at {moment(now)}. Nobody needs to do anything.",
        at=now,
    )


async def _row(to: str, sender: Sender, outbound: OutboundMessage) -> Row:
    receipt = await handed_over(sender, lambda: outbound)
    part = f"test message to {to}"
    if receipt.arrived and not receipt.left:
        return Row(part=part, saw=f"arrived{f' at {receipt.reference}' if receipt.reference else ''} ({outbound.id})")
    return Row(
        part=part, state="FAIL", saw=receipt.why or "not taken", mend="Correct this destination in the settings."
    )
