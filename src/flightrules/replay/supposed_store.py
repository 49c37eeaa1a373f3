"""The log of a what-if: takes what would happen as long as it is what happened, and notes what would be different.

Knows: the words of each difference, and the minutes that the log tells of it. Must not know: any rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flightrules.ports import Write
from flightrules.replay.cursor import LogCursor
from flightrules.replay.following import comes_along
from flightrules.replay.store import RecordedStore
from flightrules.replay.watching_otherwise import Judged, Rhythm
from flightrules.state import events as e
from flightrules.state.archive.what_if import Change, Kind
from flightrules.state.log import Draft, Recorded
from flightrules.state.words import listed


class Parted(Exception):
    """Something else would have happened."""


class SupposedStore(RecordedStore):
    """Takes what would happen, as long as it is what happened; both go on from there."""

    def __init__(self, cursor: LogCursor) -> None:
        super().__init__(cursor)
        self._cursor = cursor
        self.changes: list[Change] = []
        self._breached: dict[str, Recorded] = {}
        self._would_breach: dict[str, Recorded] = {}

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """The recorded events; nobody else writes meanwhile."""
        if stream == self._cursor.incident and after:
            return []
        return await super().load(stream, after=after)

    def _take(self, drafts: Sequence[Draft]) -> list[Recorded]:
        cursor, first = self._cursor, self._cursor.place
        for draft in drafts:
            self.pass_by()
            record = cursor.next or cursor.records[-1]
            if draft.kind == e.BudgetBreached.kind:
                self._would_breach.setdefault(str(draft.data["budget"]), record)
            elif draft.kind == e.FormClosed.kind != record.kind:
                continue  # the refusal of the answer, which follows, tells more
            elif not comes_along(draft):
                self._beside(record, draft, drafts)
                cursor.place += 1
        self.pass_by(within=cursor.records[cursor.place - 1] if cursor.place else None)
        return list(cursor.records[first : cursor.place])

    def _take_elsewhere(self, write: Write) -> list[Recorded]:
        del write
        return []

    def pass_by(self, *, within: Recorded | None = None) -> None:
        """Go on behind what came beside, within the turn of a record or whosever it is."""
        while (upcoming := self._cursor.next) is not None and comes_along(upcoming):
            if within is not None and (upcoming.at, upcoming.call) != (within.at, within.call):
                break
            if upcoming.kind == e.BudgetBreached.kind:
                self._breached.setdefault(str(upcoming.data["budget"]), upcoming)
            self._cursor.place += 1

    def _beside(self, record: Recorded, draft: Draft, drafts: Sequence[Draft]) -> None:
        was, would = e.event_in(record), e.event_of(draft.kind, draft.data)
        if was.moves != would.moves or self._cursor.next is None:
            turn = [one for one in self._cursor.records if (one.call, one.at) == (record.call, record.at)]
            told = was if record.kind == e.ApprovalGranted.kind else _telling(turn)
            telling = _telling(drafts)
            if not self._follows(told, telling):
                self.changes.append(self._parting(record, told, telling))
            raise Parted
        if isinstance(was, e.SeverityClassified) and isinstance(would, e.SeverityClassified):
            self._note(record, "severity", "severity", was.severity, would.severity)
        if isinstance(was, e.PathDecided) and isinstance(would, e.PathDecided):
            releases = (
                was.release.release if was.release else "none",
                would.release.release if would.release else "none",
            )
            self._note(record, "decision", "release to go back to", *releases)
        if isinstance(was, e.ApprovalGranted) and isinstance(would, e.ApprovalGranted):
            self._note(record, "approval", "holds until", f"{was.until:%H:%M:%S}", f"{would.until:%H:%M:%S}")
        if isinstance(was, e.CallRefused) and isinstance(would, e.CallRefused):
            self._note(record, "other", self._tool(record), f"refused: {was.code}", f"refused: {would.code}")

    def _follows(self, was: e.Event, would: e.Event) -> bool:
        """Return True if the difference only repeats that the approval would not have been given.

        That was told just before.
        """
        void = isinstance(was, e.RollbackStarted) and isinstance(would, e.PlanDropped)
        return void and bool(self.changes) and self.changes[-1].was == _WORDS[e.ApprovalGranted.kind]

    def note_breaches(self, record: Recorded, events: Sequence[e.Event]) -> None:
        """Note the budgets that the other policy finds breached here."""
        for event in events:
            if isinstance(event, e.BudgetBreached):
                self._would_breach.setdefault(event.budget, record)

    def note_nothing(self, record: Recorded) -> None:
        """Note what would not have come of the background."""
        self.changes.append(_change(record, "other", "in the background", _said(e.event_in(record)), "nothing"))

    def note_look(self, turn: Sequence[Recorded], judged: Judged) -> None:
        """Note what a look would have come to, where that is something else."""
        self.note_breaches(turn[0], judged.events)
        if judged.differs:
            record = next((one for one in turn if one.kind == e.MonitoringChecked.kind), turn[0])
            saved = self._minutes_to(turn[-1], _came_back) if judged.parts and not any(map(_came_back, turn)) else None
            slots = e.event_as(e.MonitoringChecked, record).slots
            what = f"look for {listed([slot.watch for slot in slots])}"
            self.changes.append(_change(record, "monitoring", what, judged.was, judged.would_be, saved))

    def note_rhythm(self, rhythm: Rhythm) -> None:
        """Note a watch that would have been kept in another rhythm."""
        what = f"{rhythm.watch} checks"
        self.changes.append(_change(rhythm.record, "monitoring", what, rhythm.was, rhythm.would_be))

    def _note(self, record: Recorded, kind: Kind, what: str, was: str, would_be: str) -> None:
        if was != would_be:
            self.changes.append(_change(record, kind, what, str(was), str(would_be)))

    def _tool(self, record: Recorded) -> str:
        return self._cursor.tools.get(record.call, "rollback")

    def _parting(self, record: Recorded, was: e.Event, would: e.Event) -> Change:
        tool = self._tool(record)
        if isinstance(was, e.PathDecided) and isinstance(would, e.PathDecided):
            saved = self._minutes_to(record, lambda one: one.kind == was.kind and one.data["path"] == would.path)
            return _change(record, "decision", "decide", str(was.path), str(would.path), saved)
        if isinstance(was, e.CallRefused):
            saved = self._minutes_to(record, lambda one: one.kind == e.CallAnswered.kind and self._tool(one) == tool)
            return _change(record, "permission", tool, f"refused: {was.code}", _said(would), saved)
        if isinstance(would, e.CallRefused):
            return _change(record, "refusal", tool, _said(was), f"refused: {would.code}")
        if isinstance(would, e.ApprovalGranted):
            saved = self._minutes_to(record, lambda one: one.kind == e.ApprovalGranted.kind)
            return _change(record, "approval", tool, "a person was asked", f"approved through {would.channel}", saved)
        kind: Kind = "approval" if isinstance(was, e.RollbackStarted | e.ApprovalGranted) else "other"
        return _change(record, kind, tool, _said(was), _said(would))

    def _minutes_to(self, record: Recorded, holds: Callable[[Recorded], bool]) -> float | None:
        """Minutes until what would have come at once really came; a clock that was set back meanwhile tells none."""
        before = record.at
        for one in self._cursor.records[record.version :]:
            if one.at < before:
                return None
            if holds(one):
                return round((one.at - record.at).total_seconds() / 60, 1)
            before = one.at
        return None

    def budgets(self) -> list[Change]:
        """Budgets that only one of the two courses breaches."""
        new = self._would_breach.keys() - self._breached.keys()
        gone = self._breached.keys() - self._would_breach.keys()
        return [
            *(_change(self._would_breach[name], "budget", name, "kept", "breached") for name in sorted(new)),
            *(_change(self._breached[name], "budget", name, "breached", "kept") for name in sorted(gone)),
        ]


def _came_back(record: Recorded) -> bool:
    return record.kind == e.RecurrenceDetected.kind


def _change(record: Recorded, kind: Kind, what: str, was: str, would_be: str, minutes: float | None = None) -> Change:  # noqa: PLR0913, PLR0917 - the fields of one row
    return Change(
        incident=record.stream,
        event=record.version,
        at=record.at,
        kind=kind,
        what=what,
        was=was,
        would_be=would_be,
        minutes=minutes,
    )


def _telling(turn: Sequence[Recorded | Draft]) -> e.Event:
    """The event that says what a turn came to."""
    kinds = {one.kind: one for one in reversed(turn)}
    kind = next((kind for kind in TELLING if kind in kinds), turn[0].kind)
    return e.event_of(kind, kinds[kind].data)


TELLING = (
    e.CallRefused.kind,
    e.CallFailed.kind,
    e.RollbackStarted.kind,
    e.PlanDropped.kind,
    e.ApprovalGranted.kind,
    e.ApprovalRejected.kind,
    e.PathDecided.kind,
    e.PlanProposed.kind,
    e.FixStarted.kind,
    e.FixEnded.kind,
    e.VerificationRecorded.kind,
    e.CallAnswered.kind,
)
"""Kinds of events, first those that tell most of a turn."""

_WORDS = {
    e.CallAnswered.kind: "answered",
    e.RollbackStarted.kind: "the rollback starts",
    e.PlanDropped.kind: "the approval is void",
    e.ApprovalGranted.kind: "approved",
}


def _said(event: e.Event) -> str:
    if isinstance(event, e.CallAnswered):
        result = event.answer.get("result")
        state = result.get("state") if isinstance(result, dict) else None
        return str(state).replace("_", " ") if state else "answered"
    return _WORDS.get(event.kind, event.moves.replace("_", " "))
