"""Replaying a session under another policy: the same calls, the same world, and what would have come of them.

Knows: where the two courses part, and that each call is judged where it was made. Must not know: any rule.
As long as the same things happen, the other course goes on with its own severities, budgets and approvals. Where they
part the difference is noted, and the next call is judged from what really happened: nobody knows what would have come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flightrules.errors import Defect, FlightrulesError, Refused
from flightrules.replay.cursor import Diverged, LogCursor, Missing
from flightrules.replay.following import comes_along
from flightrules.replay.incidents import ReplayedIncidents
from flightrules.replay.replay import replay
from flightrules.replay.supposed_store import Parted, SupposedStore
from flightrules.replay.under_way import Replaying
from flightrules.replay.watching_otherwise import OtherWatch, rhythms
from flightrules.service.invocation import ManagedTarget
from flightrules.state.archive.replays import ReplayVerdict
from flightrules.state.archive.sessions import Session
from flightrules.state.archive.what_if import Change, Setting, Supposed, settings_between
from flightrules.state.decide import breaches
from flightrules.state.fold import fold, stepped
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.policy import Policy
from flightrules.state.rules.approving import policy_digest
from flightrules.state.target import Target

Others = Callable[[Target], tuple[Target, Policy]]
"""The other settings of a target."""


async def suppose(session: Session, others: Others) -> Supposed:
    """Return what would have been different under other settings.

    Nothing is said if a replay shows other differences.
    """
    name = session.head.incident
    was = await replay(session)
    if not was.good:
        return Supposed(incident=name, reason=_not_as_it_was(was))
    supposing = Supposing(session, others)
    try:
        await supposing.run()
    except (Missing, Diverged, FlightrulesError, ValueError) as wrong:
        changes = tuple(supposing.store.changes)
        return Supposed(incident=name, settings=tuple(supposing.settings), changes=changes, reason=str(wrong))
    finally:
        await supposing.stop()
    return Supposed(incident=name, settings=tuple(supposing.settings), changes=supposing.changes())


def _not_as_it_was(verdict: ReplayVerdict) -> str:
    first = verdict.first
    return verdict.reason or f"it is replayed as {verdict.word}" + (f", at {first.place}" if first else "")


class SupposedIncidents(ReplayedIncidents):
    """Keeps to what the other policy made of an incident, whoever wrote to it."""

    def believe(self, incident: Incident) -> None:
        """Go on from that incident, where the log stands: the other course may have more events, or less."""
        ReplayedIncidents.believe(self, incident.but(version=self.cursor.place))

    def forget(self, incident_id: str) -> None:
        """Keep what is known: all supposed events were written by this service."""


class Supposing(Replaying):
    """One replay under other settings."""

    service_kind = SupposedIncidents

    def __init__(self, session: Session, others: Others) -> None:
        super().__init__(LogCursor(session))
        self._others = others
        self._other_watch = OtherWatch()
        self.settings: dict[Setting, None] = {}
        """Settings in which the other policy differs from those that counted, in the order in which they began to."""
        self.store = SupposedStore(self.cursor)
        self.app.incidents.store = self.store

    async def run(self) -> None:
        """Replay to the end, from what really happened wherever the courses part."""
        while (upcoming := self.cursor.next) is not None:
            self._managed()
            before = self.cursor.place
            try:
                if comes_along(upcoming):
                    await self._tick(upcoming)
                    continue
                await self._go_on(upcoming)
            except Parted:
                self._resume(self.cursor.next)
            except Missing:
                self._resume(upcoming)
            if self.cursor.place == before:
                self._resume(upcoming)

    async def _tick(self, upcoming: Recorded) -> None:
        """Look at the deadlines where somebody did: the other policy's may be spent at that moment as well."""
        incidents = self.app.incidents
        incident = await incidents.incident(self.cursor.incident, fresh=False)
        breached = breaches(incident, incidents.context(incident, upcoming.actor, upcoming.at))
        self.store.note_breaches(upcoming, breached)
        incidents.believe(stepped(incident, breached, at=upcoming.at))
        self.store.pass_by(within=upcoming)

    async def _follow(self, upcoming: Recorded) -> None:
        before = self.cursor.place
        await super()._follow(upcoming)
        if self.cursor.place == before:
            self.store.note_nothing(upcoming)

    def _not_allowed(self, upcoming: Recorded, no: Refused) -> None:
        """Let the courses part: under the other policy a rollback may not run that really did."""

    async def _watch(self, upcoming: Recorded) -> None:
        """Judge a look of monitoring by the other policy; where it was not kept, nothing is said of it."""
        incidents, turn = self.app.incidents, self.cursor.turn_ahead()
        incident = await incidents.incident(self.cursor.incident, fresh=False)
        context = incidents.context(incident, upcoming.actor, upcoming.at)
        judged = self._other_watch.judged(turn, incident, incidents.managed(incident.target), context)
        if judged is not None:
            self.store.note_look(turn, judged)
        if judged is None or judged.parts:
            self._resume(upcoming)
        else:
            self.cursor.place += len(turn)
            incidents.believe(judged.after)

    def changes(self) -> tuple[Change, ...]:
        """All that would have been different."""
        for rhythm in rhythms(self.cursor.records, self._others):
            self.store.note_rhythm(rhythm)
        return (*self.store.changes, *self.store.budgets())

    def _resume(self, parted: Recorded | None) -> None:
        """Go on behind the turn in which the courses parted."""
        cursor = self.cursor
        while (upcoming := cursor.next) is not None and parted is not None and upcoming.call == parted.call:
            if not parted.call and upcoming.at != parted.at:
                break
            cursor.place += 1
        self.app.incidents.believe(self._really())

    def _really(self) -> Incident:
        """The incident as it really was here, with the budgets that the other policy breached."""
        known = self.app.incidents.believed(self.cursor.incident)
        incident = fold(self.cursor.records[: self.cursor.place])
        if incident is None:
            raise Defect("an incident that was never opened")
        managed = self.app.incidents.managed(incident.target)
        digest = policy_digest(managed.policy, managed.target)
        return self._other_watch.numbered(incident, managed.policy).but(
            settings=self.app.incidents.settings(incident.target).digest,
            plan_policy=digest if incident.plan_policy else "",
            breached=known.breached if known else incident.breached,
        )

    def _managed(self) -> None:
        due = bool(self._settings) and self._settings[0][0] <= self.cursor.place
        super()._managed()
        if due:
            managed_targets = [self._other(managed) for managed in self.app.incidents.managed_targets.values()]
            self.app.incidents.managed_targets = {managed.target.name: managed for managed in managed_targets}

    def _other(self, managed: ManagedTarget) -> ManagedTarget:
        target, policy = self._others(managed.target)
        self.settings |= dict.fromkeys(settings_between((managed.target, managed.policy), (target, policy)))
        return replace(managed, target=target, policy=policy)
