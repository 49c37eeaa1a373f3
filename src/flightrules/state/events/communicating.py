"""Status updates, and what became of each message on its way out (docs/incident-protocol.md#communication).

Knows: the data of these events. Must not know: who hears what (letters.py), nor when it is sent again (outbox.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flightrules.state.events.base import Event
from flightrules.state.vocabulary import StatusWord


class UpdatePosted(Event):
    """A status update was written: for the people who work on the incident, or for the public."""

    kind = "update_posted"
    id: str
    external: bool = False
    status: StatusWord
    text: str
    impact: str
    """The incident's title; for the public the words that policy has for its severity."""
    component: str = ""
    """For the public: what policy calls the target."""
    started_at: datetime
    next_at: datetime | None = None
    """Time at which the next update is due; None if none is promised."""
    held: bool = False
    """True if a person must approve the update before it goes out."""
    by_rules: bool = False
    """True if the update consists only of words from the policy."""
    so: str = ""
    """State by the rules when the update was written; a held update is dropped once this state is no longer current."""
    well: bool = False
    """True if the component worked at that time, as far as was known."""


class UpdateApproved(Event):
    """A person let an update go out to the public."""

    kind = "update_approved"
    update: str
    approver: str


class UpdateRejected(Event):
    """A person kept an update back."""

    kind = "update_rejected"
    update: str
    approver: str
    reason: str


class SpokenFor(Event):
    """Another incident of the target speaks to the public, or does not any more: a target has one public voice."""

    kind = "spoken_for"
    by: str = ""
    """That incident; empty once this one speaks for itself again."""


class SendBegan(Event):
    """In an incident's outbox: a message is about to be handed to a destination."""

    kind = "send_began"
    message: str
    to: str
    attempt: int


class SendEnded(Event):
    """In an incident's outbox: what came of it."""

    kind = "send_ended"
    message: str
    to: str
    outcome: Literal["sent", "failed", "given_up"]
    says: str = ""
    reference: str = ""
    """Place at which the message can be seen, as the receiver reported it."""
    wait_s: int = 0
    """So long the receiver asked to be left alone."""
    reached: tuple[str, ...] = ()
    """Recipients that the message reached, in the sender's own words, if the destination stands for several."""
