"""Course of the monitoring, for the report: checks by watch, what could not be seen, was missed or came back.

Knows: which events tell of it. Must not know: when a check was due (monitoring.py), or how a report looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.report.numbered import Log
from flightrules.state.vocabulary import Watch
from flightrules.state.words import Said, counted, moment


def monitoring_section(log: Log) -> tuple[Said, ...]:
    """One statement a watch, then each reason for what was missed, and each recurrence; none where nobody watched."""
    return (*_watches(log), *_reasons(log), *_recurrences(log))


def _watches(log: Log) -> Iterable[Said]:
    """The numbers of each watch, over all restorations, with the first and the last event that tell of it."""
    counts: dict[Watch, Counter[str]] = {watch: Counter() for watch in Watch}
    sources: dict[Watch, list[str]] = {watch: [] for watch in Watch}
    for number, event in log.any_of(e.MonitoringChecked, e.MonitoringMissed):
        if isinstance(event, e.MonitoringChecked):
            for slot in event.slots:
                counts[slot.watch][event.verdict] += 1
                sources[slot.watch].append(number)
        else:
            for gap in event.gaps:
                counts[gap.watch]["missed"] += gap.count
                sources[gap.watch].append(number)
    for watch, found in counts.items():
        if found:
            words = (("ok", "ok"), ("inconclusive", "inconclusive"), ("missed", "missed"), ("recurred", "came back"))
            text = ", ".join(f"{found[kind]} {word}" for kind, word in words if found[kind])
            yield Said(text=f"{watch}: {text}.", sources=tuple(dict.fromkeys((sources[watch][0], sources[watch][-1]))))


def _reasons(log: Log) -> Iterable[Said]:
    for number, event in log.every(e.MonitoringMissed):
        if event.why:
            missed = counted(sum(gap.count for gap in event.gaps), "check")
            yield Said(text=f"{missed} missed: {event.why}.", sources=(number,))


def _recurrences(log: Log) -> Iterable[Said]:
    for number, event in log.every(e.RecurrenceDetected):
        text = f"It came back, seen at {moment(log.when(number))}: {event.says}."
        yield Said(text=text, sources=(number, *event.evidence))
