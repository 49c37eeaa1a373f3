"""Tells witnesses outside the database which event is the newest of each stream, and never waits for them.

Knows: that a head is told after it is recorded, that a later head stands for the earlier ones, and that a witness that
fails is on record. Must not know: what a witness is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from flightrules.errors import FlightrulesError, Unavailable
from flightrules.ports import Clock, EventStore, Witness, Write
from flightrules.service.incident_service import SERVER_STREAM
from flightrules.service.store_around import StoreAround
from flightrules.state.archive.witness import Witnessed, head_of
from flightrules.state.events import Event, WitnessFailed, WitnessRestored
from flightrules.state.log import Actor, Recorded
from flightrules.state.vocabulary import ActorKind

FIRST_RETRY_S, LAST_RETRY_S = 1.0, 60.0
LAST_WORD_S = 3.0
"""So long the witnesses are given when the log is closed; then the next process tells them."""
WHY_LENGTH = 300

log = logging.getLogger("flightrules")


class WitnessedStore(StoreAround):
    """The event store, with witnesses."""

    def __init__(self, store: EventStore, witnesses: Sequence[Witness], clock: Clock) -> None:
        super().__init__(store)
        self.witnesses = tuple(witnesses)
        self._tellers = [_Teller(store, witness, clock) for witness in witnesses]

    async def append(self, *writes: Write) -> list[Recorded]:
        """Append all or nothing, and have the new heads told; see ports.EventStore."""
        records = await super().append(*writes)
        for teller in self._tellers:
            teller.take(head_of(record) for record in records)
        return records

    async def close(self) -> None:
        """Give the witnesses a moment for what they have not heard, and let go of the file."""
        await asyncio.gather(*(teller.close() for teller in self._tellers))
        await super().close()


class _Teller:
    """Tells one witness, again and again until it hears."""

    def __init__(self, store: EventStore, witness: Witness, clock: Clock) -> None:
        self._store = store
        self._witness = witness
        self._clock = clock
        self._untold: dict[str, Witnessed] = {}
        self._task: asyncio.Task[None] | None = None
        self._failing: bool | None = None
        """None until this process knows."""

    def take(self, heads: Iterable[Witnessed]) -> None:
        """Have heads told, soon."""
        self._untold.update((head.stream, head) for head in heads)
        if self._untold and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._tell_all())

    async def close(self) -> None:
        """Tell what is left, within the limit."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await self._tell()
        await self._witness.close()

    async def _tell_all(self) -> None:
        wait_s = FIRST_RETRY_S
        while self._untold:
            if await self._tell():
                wait_s = FIRST_RETRY_S
            else:
                await self._clock.sleep(wait_s)
                wait_s = min(wait_s * 2, LAST_RETRY_S)

    async def _tell(self) -> bool:
        """Tell everything once; whether it was heard."""
        told = dict(self._untold)
        if not told:
            return True
        try:
            await self._witness.tell(tuple(told.values()))
        except Unavailable as failed:
            await self._note(failing=True, event=WitnessFailed(witness=self._witness.name, why=_why(failed)))
            return False
        self._untold = {name: head for name, head in self._untold.items() if told.get(name) is not head}
        await self._note(failing=False, event=WitnessRestored(witness=self._witness.name))
        return True

    async def _note(self, *, failing: bool, event: Event) -> None:
        """Record that a witness fails or hears again, once each time it changes; what cannot be recorded is logged."""
        try:
            if self._failing is None:
                self._failing = self._witness.name in {name for name, _, _ in await silent(self._store)}
            if self._failing == failing:
                return
            self._failing = failing
            actor = Actor(kind=ActorKind.SYSTEM, name="flightrules", face="server")
            draft = event.draft(at=self._clock.now(), actor=actor, call="")
            await self._store.append(Write(SERVER_STREAM, None, [draft]))
        except FlightrulesError as trouble:
            log.warning("the trouble of %s could not be recorded: %s", self._witness.name, trouble)


def _why(failed: Unavailable) -> str:
    return str(failed)[:WHY_LENGTH]


async def silent(store: EventStore) -> list[tuple[str, datetime, str]]:
    """The witnesses that do not hear now, since when, and why."""
    found: dict[str, tuple[datetime, str]] = {}
    for record in await store.load(SERVER_STREAM):
        if record.kind == WitnessFailed.kind:
            found.setdefault(str(record.data["witness"]), (record.at, str(record.data["why"])))
        elif record.kind == WitnessRestored.kind:
            found.pop(str(record.data["witness"]), None)
    return [(name, since, why) for name, (since, why) in found.items()]


async def troubles(store: EventStore) -> list[str]:
    """A sentence for each witness of this configuration that does not hear; none where there are no witnesses."""
    if not isinstance(store, WitnessedStore):
        return []
    names = {witness.name for witness in store.witnesses}
    return [
        f"The witness {name} got nothing since {since:%Y-%m-%d %H:%M} UTC: {why}"
        for name, since, why in await silent(store)
        if name in names
    ]
