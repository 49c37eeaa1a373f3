"""Monitoring under another policy: what each look that was made would have come to, and which checks would be due.

Knows: when production was looked at, and at what. Must not know: any rule.
What nobody looked at then is told as such: it is neither well nor failing, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from flightrules.replay.looking import first_of, look_of
from flightrules.service.invocation import ManagedTarget
from flightrules.state import events as e
from flightrules.state.decide import decide
from flightrules.state.fold import apply, stepped
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.monitoring import Course, courses
from flightrules.state.phases import RESTORED
from flightrules.state.policy import Policy
from flightrules.state.recurrence import covered
from flightrules.state.rules.context import RuleContext
from flightrules.state.target import Target
from flightrules.state.vocabulary import Watch
from flightrules.state.watched import Slot
from flightrules.state.words import counted, listed


class Judged(NamedTuple):
    """Turn of monitoring as it was, and as it would have been."""

    was: str
    would_be: str
    parts: bool
    """True if the incident came back in one of the two only."""
    differs: bool
    events: Sequence[e.Event]
    """Events that would have been recorded."""
    after: Incident


@dataclass(slots=True)
class OtherWatch:
    """The looks at one incident since it was restored, counted as another policy counts its checks."""

    _restored: datetime | None = None
    _until: dict[Watch, datetime] = field(default_factory=dict)
    """Up to when each watch was looked at, or is on record as missed."""

    def numbered(self, incident: Incident, policy: Policy) -> Incident:
        """The incident with the checks accounted for that policy would have had until then."""
        restored = incident.restored_at
        until = self._until if restored == self._restored else {}
        if restored is None:
            return incident
        slots = tuple(
            Slot(watch=course.watch, number=course.reached(restored, until[course.watch]))
            for course in courses(policy)
            if course.watch in until
        )
        return incident.but(watched=incident.watched.model_copy(update={"slots": slots}))

    def judged(
        self, turn: Sequence[Recorded], incident: Incident, managed: ManagedTarget, context: RuleContext
    ) -> Judged | None:
        """Return what that turn would have been; None if the log does not hold what was seen."""
        checked = first_of(turn, e.MonitoringChecked)
        seen = covered({slot.watch for slot in checked.slots}, managed.target) if checked else frozenset[Watch]()
        incident = self.numbered(incident, managed.policy)
        look = look_of(turn, incident, managed)
        self._go_on(incident.restored_at, turn, seen)
        if look is None:
            return None
        unseen = [slot.watch for slot in look.slots if slot.watch not in seen]
        look = look.model_copy(update={"slots": tuple(slot for slot in look.slots if slot.watch in seen)})
        return _held_beside(turn, checked, decide(incident, look, context), unseen, incident, context.now)

    def _go_on(self, restored: datetime | None, turn: Sequence[Recorded], seen: Iterable[Watch]) -> None:
        if restored != self._restored:
            self._restored, self._until = restored, {}
        if missed := first_of(turn, e.MonitoringMissed):
            self._until.update({gap.watch: gap.last_at for gap in missed.gaps})
        if checked := first_of(turn, e.MonitoringChecked):
            self._until.update(dict.fromkeys(seen, checked.looked_at))


def _held_beside(  # noqa: PLR0913, PLR0917 - both courses, and where they stand
    turn: Sequence[Recorded],
    checked: e.MonitoringChecked | None,
    events: Sequence[e.Event],
    unseen: Sequence[Watch],
    incident: Incident,
    at: datetime,
) -> Judged:
    would = next((event for event in events if isinstance(event, e.MonitoringChecked)), None)
    recurred = first_of(turn, e.RecurrenceDetected)
    would_recur = next((event for event in events if isinstance(event, e.RecurrenceDetected)), None)
    parts = (recurred is None) != (would_recur is None)
    other_verdict = checked is not None and would is not None and checked.verdict != would.verdict
    return Judged(
        was=_verdict(checked, recurred),
        would_be=_verdict(would, would_recur, unseen),
        parts=parts,
        differs=parts or other_verdict,
        events=events,
        after=stepped(incident, events, at=at),
    )


def _verdict(
    checked: e.MonitoringChecked | None, recurred: e.RecurrenceDetected | None, unseen: Sequence[Watch] = ()
) -> str:
    if recurred is not None:
        return f"recurred: {recurred.says}"
    left = f"{listed(unseen)} due, not looked at" if unseen else ""
    if checked is None:
        return f"not known: {left}" if left else "no check due"
    return "; ".join(filter(None, (checked.verdict, left)))


class Rhythm(NamedTuple):
    """Number of times, in words, that one watch was due until monitoring ended, and would have been."""

    record: Recorded
    watch: Watch
    was: str
    would_be: str


@dataclass(slots=True)
class _Span:
    """Monitoring from one restoration to its end, or to the end of the log."""

    restored: datetime
    last: Recorded
    looks: list[tuple[datetime, frozenset[Watch]]] = field(default_factory=list)

    def checks(self, course: Course) -> int:
        """Return how many checks were due."""
        return course.reached(self.restored, self.last.at)

    def words(self, course: Course) -> str:
        """The same in words, with those in whose time nobody looked."""
        looked = {
            course.reached(self.restored, at)
            for at, seen in self.looks
            if course.watch in seen and not course.over(self.restored, at)
        }
        due = range(1, self.checks(course) + 1)
        unseen = sum(n not in looked and course.at(n + 1, self.restored) <= self.last.at for n in due)
        said = counted(len(due), "check")
        return f"{said}, {unseen} of them with nobody looking" if unseen else said


def rhythms(records: Sequence[Recorded], others: Callable[[Target], tuple[Target, Policy]]) -> Iterator[Rhythm]:
    """Each watch that would have had another rhythm, for each time that the incident was monitored."""
    read = [e.event_as(e.SettingsRead, record) for record in records if record.kind == e.SettingsRead.kind]
    if all(courses(one.policy) == courses(others(one.target)[1]) for one in read):
        return
    for settings, span in _spans(records):
        policy = others(settings.target)[1]
        for was, would in zip(courses(settings.policy), courses(policy), strict=True):
            due, would_be_due = span.checks(was), span.checks(would)
            if (due or would_be_due) and (due, was.every) != (would_be_due, would.every):
                yield Rhythm(span.last, was.watch, span.words(was), span.words(would))


def _spans(records: Iterable[Recorded]) -> Iterator[tuple[e.SettingsRead, _Span]]:
    incident: Incident | None = None
    settings: e.SettingsRead | None = None
    span: _Span | None = None
    for record in records:
        incident = apply(incident, record)
        restored = incident.restored_at if incident and incident.phase in RESTORED else None
        if span is not None:
            span.last = record
            if restored != span.restored and settings is not None:
                yield settings, span
        if record.kind == e.SettingsRead.kind:
            settings = e.event_as(e.SettingsRead, record)
        if restored is None or span is None or restored != span.restored:
            span = _Span(restored, record) if restored else None
        elif record.kind == e.MonitoringChecked.kind and settings is not None:
            checked = e.event_as(e.MonitoringChecked, record)
            seen = covered({slot.watch for slot in checked.slots}, settings.target)
            span.looks.append((checked.looked_at, seen))
    if span is not None and settings is not None:
        yield settings, span
