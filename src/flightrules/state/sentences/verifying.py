"""Verification, monitoring and recurrence.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flightrules.state import events as e
from flightrules.state.sentences.assessing import picture, unread
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.shown import level_of
from flightrules.state.vocabulary import Verdict
from flightrules.state.watched import Gap
from flightrules.state.words import counted, listed


def _verified(walk: Walk, event: e.VerificationRecorded) -> Iterable[Line]:
    passed = f"{sum(i.outcome == 'pass' for i in event.items)} of {counted(len(event.items), 'item')} pass"
    rest = [f"{item.item}: {item.saw}" for item in event.items if item.outcome != "pass"]
    words = "; ".join([passed, *rest, *(unread(event.facts) if rest else ())])
    if event.verdict is Verdict.RESTORED and not walk.restored:
        yield Line("Service restored", evidence=event.evidence)
        yield Line(f"Verification complete: {words}", evidence=event.evidence)
    else:
        verdict = str(event.verdict).replace("_", " ")
        name = "Monitoring" if walk.restored else "Verification"
        yield Line(f"{name}: {verdict}; {words}", evidence=event.evidence)
    if event.verdict is not Verdict.INCONCLUSIVE:
        walk.restored = event.verdict is Verdict.RESTORED


def _checked(walk: Walk, event: e.MonitoringChecked) -> Iterable[Line]:
    """Give a line for the result of a check if that is news.

    Most checks find what the one before found. A recurrence is told by its own event.
    """
    reasons = unread(event.first.facts) if event.first and event.verdict == "inconclusive" else ()
    unwell = "; ".join([*(f"{item.item}: {item.saw}" for item in event.items), *reasons])
    news, walk.monitored = event.verdict not in (walk.monitored, "recurred"), event.verdict
    if news:
        watches = listed([slot.watch for slot in event.slots])
        yield Line(f"Monitoring ({watches}): {event.verdict}; {cut(unwell or event.saw)}", at=event.looked_at)


def _missed(_walk: Walk, event: e.MonitoringMissed) -> Iterable[Line]:
    yield Line(f"Monitoring missed: {gap_words(event.gaps)}" + (f"; {cut(event.why)}" if event.why else ""))


def gap_words(gaps: Sequence[Gap]) -> str:
    """Checks nobody made, a stretch for each watch."""
    return ", ".join(f"{counted(gap.count, f'{gap.watch} check')} ({_stretch(gap)} UTC)" for gap in gaps)


def _stretch(gap: Gap) -> str:
    first, last = f"{gap.first_at:%H:%M:%S}", f"{gap.last_at:%H:%M:%S}"
    return first if gap.count == 1 else f"{first} to {last}"


def _recurred(walk: Walk, event: e.RecurrenceDetected) -> Iterable[Line]:
    walk.restored, walk.monitored = False, ""
    yield Line(f"Recurrence: {cut(event.says)}", evidence=event.evidence)


def _glanced(_walk: Walk, event: e.Glanced) -> Iterable[Line]:
    what = "Users see no problem any more" if level_of(event.facts) is None else "Users see another picture"
    yield Line(f"{what}: {picture(event.facts)}", at=event.looked_at)


SAYS: Table = {
    e.Glanced: _glanced,
    e.VerificationRecorded: _verified,
    e.MonitoringChecked: _checked,
    e.MonitoringMissed: _missed,
    e.RecurrenceDetected: _recurred,
}
