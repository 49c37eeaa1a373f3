"""Delivers what the log says must be sent: intent on record, then the sending, then what came of it.

Knows: the outbox beside each incident, and that attempts there are at most one at a time for each destination.
Must not know: who is told what (due.py), when another try is due (outbox.py), or how anything is sent (senders).
Whoever writes the intent first sends; a second process finds the outbox moved on and leaves it alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from flightrules.errors import Conflict, FlightrulesError
from flightrules.ports import SEND_LIMIT_S, OutboundMessage, Receipt, Sender, Write
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import ManagedTarget
from flightrules.service.messages.outbound import outbound
from flightrules.state import events as e
from flightrules.state.log import Actor, Draft, Recorded
from flightrules.state.messages.due import Message, Told, messages
from flightrules.state.messages.entry import Entry
from flightrules.state.messages.outbox import began, ended, failed, ledger, never_tried, troubles
from flightrules.state.untrusted import one_line
from flightrules.state.vocabulary import ActorKind, Phase

OUTBOX = "outbox:"
"""Prefix of the name of the stream for an incident's outbox, before the incident's id."""
SYSTEM = Actor(kind=ActorKind.SYSTEM, name="server", face="server")
AT_ONCE = 8
"""So many messages of one incident are on their way at once, at different places; what follows has not begun."""
MOST_IN_A_ROUND = 50
"""So many messages, one after the other, go to one destination before other incidents have their turn."""

log = logging.getLogger("flightrules.delivering")


@dataclass(slots=True)
class Courier:
    """Looks through the outboxes of all incidents; `deliver` is a chore for whatever loop calls it.

    It remembers what each log told and which have nothing left to send, so that a round costs two small reads an
    incident, and a long log is not read again for each event that is added to it.
    """

    incidents: IncidentService
    _told: dict[str, Told] = field(default_factory=dict)
    """Of incidents that are not closed."""
    _settled: dict[str, tuple[int, int]] = field(default_factory=dict)
    _complaints: dict[str, str] = field(default_factory=dict)
    _outboxes_read: bool = False
    """True once it is known which receivers asked for a pause before this process began."""

    async def deliver(self, *, asked_by: Actor | None = None) -> None:
        """One round: send whatever is due now. One incident that cannot be read or written keeps no other back.

        Where a person asks for it, what was given up is tried again too.
        """
        if not self._outboxes_read:
            for outbox in await self.incidents.store.streams(OUTBOX):
                self.incidents.pauses.learn(await self.incidents.records(outbox))
            self._outboxes_read = True
        for incident in await self.incidents.store.streams("INC-"):
            try:
                await self._round(incident, asked_by)
            except FlightrulesError as trouble:
                self._complain(incident, str(trouble))

    def _complain(self, incident: str, why: str) -> None:
        """Say once what is wrong, not in each round."""
        if self._complaints.get(incident) != why:
            log.warning("messages of %s wait: %s", incident, why)
        self._complaints[incident] = why

    async def _round(self, incident: str, asked_by: Actor | None) -> None:
        known = self._settled.get(incident, (0, 0))
        if known != (0, 0) and not await self._news(incident, known):
            return
        told = await self._read_on(incident)
        entries = await deliver(self.incidents, incident, asked_by=asked_by, told=told)
        self._settled.pop(incident, None)
        if not any(entry.state in ("waiting", "under_way") for entry in entries):
            # What was recorded while messages went out was not looked at: it is news to the next round.
            self._settled[incident] = (told.version, len(await self.incidents.records(OUTBOX + incident)))

    async def _read_on(self, incident: str) -> Told:
        """Read the log on, and return what it tells by now."""
        known = self._told.pop(incident, Told())
        told = known.on(await self.incidents.store.load(incident, after=known.version))
        if told.incident is not None and told.incident.phase is not Phase.CLOSED:
            self._told[incident] = told
        return told

    async def _news(self, incident: str, known: tuple[int, int]) -> bool:
        store = self.incidents.store
        log_moved = await store.load(incident, after=known[0])
        return bool(log_moved or await store.load(OUTBOX + incident, after=known[1]))


async def deliver(
    incidents: IncidentService,
    incident: str,
    *,
    only: Collection[str] = (),
    asked_by: Actor | None = None,
    told: Told | None = None,
) -> tuple[Entry, ...]:
    """Send what is due of one incident, at these destinations or at all; where its messages stand afterwards.

    With `asked_by`, the person who asks for it, what was given up begins anew. `told` is what the log says, where
    somebody read it already.
    """
    found = (told or Told().on(await incidents.records(incident))).messages
    tried: set[tuple[str, str]] = set()
    for _ in range(MOST_IN_A_ROUND):
        outbox, now = await incidents.records(OUTBOX + incident), incidents.clock.now()
        stand = _ledger(incidents, found, outbox)
        due = [
            entry
            for entry in stand
            if (entry.due(now) or (asked_by and entry.lost))
            and entry.to in incidents.senders
            and not incidents.pauses.holds(entry.to, now)
            and (not only or entry.to in only)
            and (entry.message.id, entry.to) not in tried
        ]
        if not due or not await _deliver(incidents, due, len(outbox), asked_by or SYSTEM):
            return stand
        tried |= {(entry.message.id, entry.to) for entry in due}
    return _ledger(incidents, found, await incidents.records(OUTBOX + incident))


async def _deliver(incidents: IncidentService, due: Sequence[Entry], version: int, by: Actor) -> bool:
    """Some at a time, each with its intent on record before; another process that writes meanwhile has the rest."""
    incident = due[0].message.incident
    records = await incidents.records(incident)
    managed = incidents.managed((await incidents.incident(incident)).target)
    for first in range(0, len(due), AT_ONCE):
        some = due[first : first + AT_ONCE]
        intents = [began(entry) for entry in some]
        if not await _recorded(incidents, incident, version, [_draft(incidents, intent, by) for intent in intents]):
            return False
        await _all_sent(incidents, intents, [partial(_outbound, entry, records, managed) for entry in some])
        version += 2 * len(some)
    return True


def _outbound(entry: Entry, records: Sequence[Recorded], managed: ManagedTarget) -> OutboundMessage:
    """Return what is handed over, with what earlier tries told of those who have it."""
    return outbound(entry.message, records, managed, entry).model_copy(update={"reached": entry.reached})


async def entries(incidents: IncidentService, incident: str) -> tuple[Entry, ...]:
    """Return how the messages of one incident stand."""
    return _ledger(incidents, messages(await incidents.records(incident)), await incidents.records(OUTBOX + incident))


def undelivered(incidents: IncidentService, told: Sequence[Message], outbox: Sequence[Recorded]) -> tuple[str, ...]:
    """Return a line for each message that did not go out, from those of an incident and the log of its outbox."""
    stand = _ledger(incidents, told, outbox)
    return (*never_tried(stand), *troubles(stand))


def _ledger(incidents: IncidentService, told: Sequence[Message], outbox: Sequence[Recorded]) -> tuple[Entry, ...]:
    return ledger(told, outbox, tuple(incidents.senders), incidents.clock.now())


async def _recorded(incidents: IncidentService, incident: str, version: int, intents: Sequence[Draft]) -> bool:
    """Put the intents on record, unless another process was faster."""
    try:
        await incidents.store.append(Write(OUTBOX + incident, version, intents))
    except Conflict:
        return False
    return True


async def _all_sent(
    incidents: IncidentService,
    intents: Sequence[e.SendBegan],
    outbound_messages: Sequence[Callable[[], OutboundMessage]],
) -> None:
    """Send what was intended, all at once, and see each to its end, also where another's could not be written."""
    sent = [_sent(incidents, intent, make) for intent, make in zip(intents, outbound_messages, strict=True)]
    for outcome in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _sent(incidents: IncidentService, intent: e.SendBegan, make: Callable[[], OutboundMessage]) -> None:
    receipt = await handed_over(incidents.senders[intent.to], make)
    if receipt.wait_s:
        incidents.pauses.asked(intent.to, incidents.clock.now(), receipt.wait_s)
    if receipt.arrived and not receipt.left:
        event = ended(intent, reference=one_line(receipt.reference, 300))
    else:
        why = one_line(receipt.why, 300)
        event = failed(intent, why=why, again=receipt.again, wait_s=receipt.wait_s, reached=receipt.reached)
    incident = intent.message.partition(":")[0]
    # At whatever version: the order of ends means nothing, and the intent keeps others away.
    await incidents.store.append(Write(OUTBOX + incident, None, [_draft(incidents, event, SYSTEM)]))


async def handed_over(sender: Sender, make: Callable[[], OutboundMessage]) -> Receipt:
    """Render a parcel and hand it over in bounded time; whatever goes wrong is a receipt, and stops no other."""
    try:
        async with asyncio.timeout(SEND_LIMIT_S):
            return await sender.send(make())
    except TimeoutError:
        return Receipt(arrived=False, why=f"no answer within {SEND_LIMIT_S:g} s")
    except FlightrulesError as trouble:
        return Receipt(arrived=False, why=str(trouble))
    except Exception as ours:
        log.exception("a message could not be sent")
        return Receipt(arrived=False, why=f"a defect: {type(ours).__name__}")


def _draft(incidents: IncidentService, event: e.Event, actor: Actor) -> Draft:
    return event.draft(at=incidents.clock.now(), actor=actor, call="")
