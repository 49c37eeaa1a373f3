"""Replaying a session under another policy: the same calls, the same world, and what would have come of them.

Knows: where the two courses part, and that each call is judged where it was made. Must not know: any rule.
As long as the same things happen, the other course goes on with its own severities, budgets and approvals. Where they
part the difference is noted, and the next call is judged from what really happened: nobody knows what would have come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flightrules.errors import Defect, FlightrulesError
from flightrules.replay.desk import RecordedDesk
from flightrules.replay.following import comes_along
from flightrules.replay.replay import replay
from flightrules.replay.supposed_store import Parted, SupposedStore
from flightrules.replay.track import Diverged, Missing, Track
from flightrules.replay.under_way import Replaying
from flightrules.replay.watching_otherwise import OtherWatch, rhythms
from flightrules.service.turn import Site
from flightrules.state.archive.replays import Verdict
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


def _not_as_it_was(verdict: Verdict) -> str:
    first = verdict.first
    return verdict.reason or f"it is replayed as {verdict.word}" + (f", at {first.place}" if first else "")


class SupposedDesk(RecordedDesk):
    """Keeps to what the other policy made of an incident, whoever wrote to it."""

    def believe(self, incident: Incident) -> None:
        """Go on from that incident, where the log stands: the other course may have more events, or less."""
        RecordedDesk.believe(self, incident.but(version=self.track.place))

    def forget(self, incident_id: str) -> None:
        """Believe it still: all that is supposed to have happened went over this desk."""


class Supposing(Replaying):
    """One replay under other settings."""

    desk_kind = SupposedDesk

    def __init__(self, session: Session, others: Others) -> None:
        super().__init__(Track(session))
        self._others = others
        self._other_watch = OtherWatch()
        self.settings: dict[Setting, None] = {}
        """Settings in which the other policy differs from those that counted, in the order in which they began to."""
        self.store = SupposedStore(self.track)
        self.app.desk.store = self.store

    async def run(self) -> None:
        """Replay to the end, from what really happened wherever the courses part."""
        while (upcoming := self.track.next) is not None:
            self._site()
            before = self.track.place
            try:
                if comes_along(upcoming):
                    await self._tick(upcoming)
                    continue
                await self._go_on(upcoming)
            except Parted:
                self._resume(self.track.next)
            except Missing:
                self._resume(upcoming)
            if self.track.place == before:
                self._resume(upcoming)

    async def _tick(self, upcoming: Recorded) -> None:
        """Look at the deadlines where somebody did: the other policy's may be spent at that moment as well."""
        desk = self.app.desk
        incident = await desk.incident(self.track.incident, fresh=False)
        breached = breaches(incident, desk.ground(incident, upcoming.actor, upcoming.at))
        self.store.note_breaches(upcoming, breached)
        desk.believe(stepped(incident, breached, at=upcoming.at))
        self.store.pass_by(within=upcoming)

    async def _follow(self, upcoming: Recorded) -> None:
        before = self.track.place
        await super()._follow(upcoming)
        if self.track.place == before:
            self.store.note_nothing(upcoming)

    async def _watch(self, upcoming: Recorded) -> None:
        """Judge a look of monitoring by the other policy; where it was not kept, nothing is said of it."""
        desk, turn = self.app.desk, self.track.turn_ahead()
        incident = await desk.incident(self.track.incident, fresh=False)
        ground = desk.ground(incident, upcoming.actor, upcoming.at)
        judged = self._other_watch.judged(turn, incident, desk.site(incident.target), ground)
        if judged is not None:
            self.store.note_look(turn, judged)
        if judged is None or judged.parts:
            self._resume(upcoming)
        else:
            self.track.place += len(turn)
            desk.believe(judged.after)

    def changes(self) -> tuple[Change, ...]:
        """All that would have been different."""
        for rhythm in rhythms(self.track.records, self._others):
            self.store.note_rhythm(rhythm)
        return (*self.store.changes, *self.store.budgets())

    def _resume(self, parted: Recorded | None) -> None:
        """Go on behind the turn in which the courses parted."""
        track = self.track
        while (upcoming := track.next) is not None and parted is not None and upcoming.call == parted.call:
            if not parted.call and upcoming.at != parted.at:
                break
            track.place += 1
        self.app.desk.believe(self._really())

    def _really(self) -> Incident:
        """The incident as it really was here, with the budgets that the other policy breached."""
        known = self.app.desk.believed(self.track.incident)
        incident = fold(self.track.records[: self.track.place])
        if incident is None:
            raise Defect("an incident that was never opened")
        site = self.app.desk.site(incident.target)
        digest = policy_digest(site.policy, site.target)
        return self._other_watch.numbered(incident, site.policy).but(
            settings=self.app.desk.settings(incident.target).digest,
            plan_policy=digest if incident.plan_policy else "",
            breached=known.breached if known else incident.breached,
        )

    def _site(self) -> None:
        due = bool(self._settings) and self._settings[0][0] <= self.track.place
        super()._site()
        if due:
            sites = [self._other(site) for site in self.app.desk.sites.values()]
            self.app.desk.sites = {site.target.name: site for site in sites}

    def _other(self, site: Site) -> Site:
        target, policy = self._others(site.target)
        self.settings |= dict.fromkeys(settings_between((site.target, site.policy), (target, policy)))
        return replace(site, target=target, policy=policy)
