"""The small values a call is carried in: the call itself, the errand it becomes, and the turn that is recorded.

Knows: how events collect into one append. Must not know: the store, nor what any event means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from flightrules.errors import Defect
from flightrules.ports import Checkout, Files, Production, Signers
from flightrules.state import events as e
from flightrules.state.fold import step
from flightrules.state.incident import Incident
from flightrules.state.log import Actor, Draft
from flightrules.state.policy import Policy
from flightrules.state.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as a face passes it on."""

    tool: str
    arguments: Mapping[str, JsonValue]
    actor: Actor
    incident: str = ""
    key: str = ""
    """The face's idempotency key; the same key gives the first answer again."""
    account: str = ""
    """The account or the authenticated caller behind it, as far as the machine itself vouches for that."""

    def received(self) -> e.CallReceived:
        """The event that says the call arrived."""
        return e.CallReceived(tool=self.tool, arguments=dict(self.arguments), account=self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A call on its way: what ties its events together, and whether the log knows of it yet."""

    call: Call
    identity: str
    recorded: bool = False
    expected: Mapping[str, int] = field(default_factory=dict)
    """Other streams that this errand's decision rests on, and the version each must still have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A target with everything needed to work on it."""

    target: Target
    policy: Policy
    production: Production
    documents: Files
    signers: Signers | None = None
    """Whose signatures count; None where nobody's do."""
    checkout: Checkout | None = None
    """Where fixes are made; None where no checkout is configured."""


Say = Callable[[Incident, Sequence[e.Event]], tuple[str, Any]]
"""Turns the incident afterwards and the new events into (sentence, result)."""

Elsewhere = Callable[[Incident, Sequence[e.Event]], list[tuple[str, e.Event]]]
"""Events that belong into other streams (a target's), in the same transaction."""


def nowhere(_incident: Incident, _events: Sequence[e.Event]) -> list[tuple[str, e.Event]]:
    """Most commands concern their own incident only."""
    return []


@dataclass(slots=True, kw_only=True)
class Turn:
    """Events of one moment, not yet recorded, and the incident as it will be."""

    before: Incident
    after: Incident
    now: datetime
    errand: Errand
    drafts: list[Draft] = field(default_factory=list)
    news: list[e.Event] = field(default_factory=list)
    elsewhere: list[tuple[str, e.Event]] = field(default_factory=list)

    def add(self, event: e.Event) -> None:
        """Take one more event into the turn."""
        self.drafts.append(self.draft(event))
        version = self.before.version + len(self.drafts)
        after = step(self.after, event, at=self.now, version=version)
        if after is None:
            raise Defect("a turn without an incident")
        self.after = after

    def draft(self, event: e.Event) -> Draft:
        """The event as this turn records it."""
        return event.draft(at=self.now, actor=self.errand.call.actor, call=self.errand.identity)
