"""Mended by hand or over by itself; pace, times, reminders and who took them.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.words import moment, span

HOW = {"by_hand": "Mended by hand", "none": "Over by itself"}


def _claimed(_walk: Walk, event: e.MitigationClaimed) -> Iterable[Line]:
    yield Line(f"{HOW[event.how]}, as an agent says; a person has to confirm it: {cut(event.says)}")


def _mitigated(_walk: Walk, event: e.MitigatedOtherwise) -> Iterable[Line]:
    who = f" by {cut(event.who)}" if event.who else ""
    text = f"{HOW[event.how]}{who} at {moment(event.at)}: {cut(event.says)}; confirmed by {event.confirmed_by}"
    yield Line(text, evidence=tuple(one for one in event.evidence if one[:1] in "EO" and one[1:].isdecimal()))


def _paced(_walk: Walk, event: e.PaceSet) -> Iterable[Line]:
    fix = [f"the fix may take {span(event.fix_minutes * 60)}"] if event.fix_minutes is not None else []
    told = [f"updates every {span(event.update_minutes * 60)}"] if event.update_minutes is not None else []
    said = " and ".join([*fix, *told])
    yield Line(f"Pace set by {event.by}: {said}, until {moment(event.until)}. Reason: {cut(event.reason)}")


def _pace_ended(_walk: Walk, _event: e.PaceEnded) -> Iterable[Line]:
    yield Line("The pace that a person had set is over; the usual times hold again", actor="the clock")


def _corrected(_walk: Walk, event: e.TimesCorrected) -> Iterable[Line]:
    named = (("onset", event.onset_at), ("detection", event.detected_at), ("end", event.ended_at))
    times = ", ".join(f"{name} {moment(at)}" for name, at in named if at is not None)
    yield Line(f"Times put right by {event.by}: {times}. Reason: {cut(event.reason)}", evidence=event.evidence)


ABOUT = {
    "page": "Nobody took the page; sent again",
    "internal_update": "The status update is still overdue",
    "approval": "The plan still waits for an approval",
    "decision": "The decision still waits for a person",
    "public_update": "The update for the public still waits for an approval",
}


def _reminded(_walk: Walk, event: e.Reminded) -> Iterable[Line]:
    yield Line(f"{ABOUT[event.about]} ({event.times}), since {moment(event.since)}", actor="the clock")


def _clock_moved(_walk: Walk, event: e.ClockMoved) -> Iterable[Line]:
    how = "jumped forward" if event.by_s > 0 else "went back"
    text = f"The server's clock {how} by {span(abs(event.by_s))}: it was set, or its machine stood still"
    yield Line(f"{text}. Times before and after do not compare", actor="the clock")


def _acknowledged(_walk: Walk, event: e.Acknowledged) -> Iterable[Line]:
    yield Line(f"Taken by {event.by}" + (f": {cut(event.says)}" if event.says else ""))


SAYS: Table = {
    e.MitigationClaimed: _claimed,
    e.MitigatedOtherwise: _mitigated,
    e.PaceSet: _paced,
    e.PaceEnded: _pace_ended,
    e.TimesCorrected: _corrected,
    e.Reminded: _reminded,
    e.ClockMoved: _clock_moved,
    e.Acknowledged: _acknowledged,
}
