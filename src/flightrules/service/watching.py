"""The watch: keeps deadlines, rollbacks and extended monitoring alive, for all incidents, by one process at a time.

Knows: what one round is, and that whatever fails in it concerns nothing else. Must not know: what a look means (state).
The lease only spares work: each check counts once by the rules, whoever hands it in. What is watched stands in the log
alone, so any process can go on at any time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flightrules.ports import Leases
from flightrules.service.complaints import Complaints
from flightrules.service.glancing import due, glance
from flightrules.service.incident_service import IncidentService
from flightrules.service.monitoring import invocation_of, look
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.monitoring import schedule
from flightrules.state.phases import RESTORED
from flightrules.state.sentences.assessing import unread
from flightrules.state.status import monitoring_words
from flightrules.state.vocabulary import Phase

log = logging.getLogger("flightrules")

Chore = Callable[[], Awaitable[None]]
"""Work that is also to be done in each round; it says itself whether there is anything to do."""

LEASE = "watch"
LEASE_S = 90.0
"""Seconds for which a watcher that died keeps others from watching."""
ROUND_S = 15.0
"""The longest pause between two rounds: how late a new incident is noticed."""
SHORTEST_S = 1.0
MOVED_S = 60.0
"""A clock that moved by less was only set right."""


@dataclass(frozen=True, slots=True)
class Round:
    """Result of one round."""

    held: bool
    """True if this process had the lease; without it nothing was done."""
    stands: tuple[str, ...] = ()
    """State of each incident that is not closed, a line each."""
    failed: tuple[str, ...] = ()
    """Descriptions of what could not be done."""


@dataclass(slots=True, kw_only=True)
class Watching:
    """One watcher."""

    incidents: IncidentService
    leases: Leases
    holder: str
    """Tells this watcher from all others."""
    chores: Sequence[Chore] = ()
    take_up: Callable[[str], Awaitable[None]] | None = None
    """Follows the rollback of an incident, where no other process does."""
    _complaints: Complaints = field(default_factory=lambda: Complaints(log, "the watch goes on without"))
    """Text that was last said of a part that fails: the same is not said each round."""
    _glanced: dict[str, datetime] = field(default_factory=dict)
    """Time at which each incident was last glanced at."""
    _next: datetime | None = None
    _clock: tuple[datetime, float] | None = None
    """The clock and the evenly passing seconds when they were last compared."""

    async def run(self) -> None:
        """Watch until it is cancelled."""
        try:
            while True:
                await self._complaints.guard("a round of the watch", self.once())
                await self.wait()
        finally:
            await self.let_go()

    async def wait(self) -> None:
        """Wait for the next round."""
        await self.notice_clock()
        await self.incidents.clock.sleep(self._pause())
        await self.notice_clock()

    async def notice_clock(self) -> None:
        """Note in every open incident that the clock moved by more than the time since this was last asked."""
        now, steady = self.incidents.clock.now(), self.incidents.clock.steady()
        before, self._clock = self._clock, (now, steady)
        moved = (now - before[0]).total_seconds() - (steady - before[1]) if before else 0.0
        if abs(moved) >= MOVED_S:
            await self._complaints.guard("noting the clock", self._note_clock(int(moved)))

    async def _note_clock(self, moved: int) -> None:
        incident_list, _ = await self._incidents()
        for incident in incident_list:
            if incident.phase is not Phase.CLOSED:
                await self.incidents.apply(invocation_of(incident.id), c.NoteClock(by_s=moved))

    async def let_go(self) -> None:
        """Let another process watch at once."""
        await self._complaints.guard("the lease", self.leases.release(LEASE, self.holder))

    async def once(self) -> Round:
        """Watch for one round: deadlines, checks that are due, chores."""
        if not await self.leases.take(LEASE, self.holder, for_s=LEASE_S):
            self._next = None
            return Round(held=False)
        incident_list, unread = await self._incidents()
        running = [incident for incident in incident_list if incident.phase is not Phase.CLOSED]
        stands: list[str] = []
        watched = [self._complaints.guard(one.id, self._one(one, incident_list, stands)) for one in running]
        failed = [*unread, *await asyncio.gather(*watched)]
        failed += [
            await self._complaints.guard(f"chore {number}", chore()) for number, chore in enumerate(self.chores, 1)
        ]
        return Round(held=True, stands=tuple(sorted(stands)), failed=tuple(said for said in failed if said))

    def _pause(self) -> float:
        """Until the next check, or until new incidents are looked for."""
        if self._next is None:
            return ROUND_S
        return min(ROUND_S, max(SHORTEST_S, (self._next - self.incidents.clock.now()).total_seconds()))

    async def _incidents(self) -> tuple[list[Incident], list[str]]:
        """All incidents as the log has them now, and what is wrong with those that cannot be read."""
        found: list[Incident] = []
        unread: list[str] = []
        for name in await self.incidents.store.streams("INC-"):
            said = await self._complaints.guard(f"the log of {name}", self._read(name, found))
            unread += [said] if said else []
        self._next = None
        return found, unread

    async def _read(self, name: str, found: list[Incident]) -> None:
        found.append(await self.incidents.known(name))

    async def _one(self, incident: Incident, incident_list: Sequence[Incident], stands: list[str]) -> None:
        """Deadlines and due checks of one incident, and where it stands then."""
        policy = self.incidents.managed(incident.target).policy
        after, _ = await self.incidents.apply(invocation_of(incident.id), c.Tick())
        if self.take_up is not None and after.phase is Phase.ROLLING_BACK:
            await self.take_up(after.id)
        newer = [other for other in incident_list if other.target == after.target and other.opened_at > after.opened_at]
        if not any(_worked_on(other) for other in newer):
            _tell(after.id, await look(self.incidents, after, why_missed=_why_missed(after, newer)))
            after = await self.incidents.incident(after.id, fresh=False)
        now = self.incidents.clock.now()
        if due(after, self._glanced.get(after.id), now, incident_list):
            self._glanced[after.id] = now
            await glance(self.incidents, after)
            after = await self.incidents.incident(after.id, fresh=False)
        words = monitoring_words(after, policy, now)
        stands.append(f"{after.id} {after.target}: {after.phase}" + (f"; {words}" if words else ""))
        following = schedule(after, policy, now).next_at
        self._next = min((at for at in (self._next, following) if at is not None), default=None)


def _worked_on(incident: Incident) -> bool:
    """Return True if production is in the hands of those who work on this incident."""
    return incident.phase is not Phase.CLOSED and incident.phase not in RESTORED


def _why_missed(incident: Incident, newer: Iterable[Incident]) -> str:
    """The newer incidents of the target for which this one was held back since it was last looked at."""
    since = incident.watched.last_at or incident.restored_at
    ended = ((other.id, other.restored_at or other.closed_at) for other in newer)
    names = [name for name, end in ended if since is not None and (end is None or end > since)]
    return f"held back while {', '.join(names)} was worked on" if names else ""


def _tell(incident: str, events: Iterable[e.Event]) -> None:
    """Say on stderr what a person should hear of."""
    for event in events:
        if isinstance(event, e.RecurrenceDetected):
            log.warning("%s came back: %s", incident, event.says)
        if isinstance(event, e.MonitoringMissed):
            log.warning("%s: %d checks of monitoring were missed", incident, sum(gap.count for gap in event.gaps))
        if isinstance(event, e.MonitoringChecked) and event.verdict == "inconclusive":
            reasons = unread(event.first.facts) if event.first else ()
            unseen = "; ".join([*(f"{item.item}: {item.saw}" for item in event.items), *reasons])
            log.warning("%s: a check of monitoring is inconclusive: %s", incident, unseen)
