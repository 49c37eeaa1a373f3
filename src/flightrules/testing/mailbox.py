"""A destination of messages in memory, and a message as its readers have it.

Knows: how to read and to fail a destination. Must not know: who is told, or when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flightrules.ports import OutboundMessage, Receipt
from flightrules.testing.sender import ScriptedSender


@dataclass(frozen=True, slots=True)
class Message:
    """One message that arrived."""

    id: str
    incident: str
    at: datetime
    """Time at which the message became due."""
    title: str
    text: str


class Mailbox:
    """One destination."""

    def __init__(self) -> None:
        self.sender = ScriptedSender()
        """The sender behind it, with more switches."""

    @property
    def messages(self) -> list[Message]:
        """Every message that arrived, oldest first."""
        return [_message(outbound) for outbound in self.sender.handed]

    @property
    def texts(self) -> list[str]:
        """Their texts."""
        return [message.text for message in self.messages]

    @property
    def titles(self) -> list[str]:
        """Their titles."""
        return [message.title for message in self.messages]

    @property
    def unreachable(self) -> str:
        """Return the reason that nothing arrives; empty if it does."""
        return self.sender.why

    @unreachable.setter
    def unreachable(self, why: str) -> None:
        self.sender.why = why

    def fail(self, why: str, *, times: int = 1, wait_s: int = 0) -> None:
        """Let the next deliveries fail; with `wait_s` the receiver asks for that pause."""
        self.sender.failing += [Receipt(arrived=False, why=why, wait_s=wait_s)] * times


def _message(outbound: OutboundMessage) -> Message:
    return Message(id=outbound.id, incident=outbound.incident, at=outbound.at, title=outbound.title, text=outbound.text)
