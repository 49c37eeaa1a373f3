"""Recurrence of a restored incident: a check of extended monitoring, compared with what was seen before.

Knows: what counts as a recurrence, what is only suspicious, and what says nothing.
Must not know: when a check is due (monitoring.py), nor how production is looked at.
One failed request is no recurrence: it must fail again at once, or at the next check. A line of a log needs no second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from flightrules.state.evidence import Finding, Http
from flightrules.state.facts import Facts, facts_of
from flightrules.state.incident import Incident
from flightrules.state.metrics.queries import queries_of
from flightrules.state.target import Target
from flightrules.state.value import Value
from flightrules.state.verification import Item, measured_items
from flightrules.state.vocabulary import Watch
from flightrules.state.watched import Seen, Sight
from flightrules.state.words import counted, listed, span

READS_LOGS = frozenset({Watch.LOGS, Watch.ERRORS, Watch.RECURRENCE})
MEASURES = frozenset({Watch.HEALTH, Watch.ERRORS, Watch.RECURRENCE})
LOOKS_FROM_OUTSIDE = frozenset({Watch.HEALTH, Watch.RECURRENCE})

TIMES = 2.0
"""The error rate is above the level from this many times of it on,"""
SLACK = 5
"""with so many lines to spare in each look, since few lines are no rate."""

RATE = "error rate"
OTHERS = ""
"""Under this kind a look that is kept counts all errors that the assessment did not see."""


class Judgement(Value):
    """Result of a check."""

    verdict: Seen
    saw: str
    """Things that were well."""
    items: tuple[Item, ...]
    """Things that were not well, or could not be seen."""
    suspects: tuple[str, ...]


def probes_of(watches: Collection[Watch], target: Target) -> tuple[str, ...]:
    """The probes that these watches need, and no others."""
    return (
        *(from_outside(target) if LOOKS_FROM_OUTSIDE & set(watches) else ()),
        *(("services",) if Watch.RECURRENCE in watches else ()),
        *(("logs",) if READS_LOGS & set(watches) else ()),
        *((f"metric:{query.name}" for query in queries_of(target.metrics)) if MEASURES & set(watches) else ()),
    )


def from_outside(target: Target) -> tuple[str, ...]:
    """The probes that show what users see."""
    return ("health", *(f"check:{check.name}" for check in target.checks))


def sight_of(findings: Sequence[Finding], target: Target) -> Sight:
    """Return the result of one look."""
    answered = any(isinstance(f.data, Http) and f.data.status is not None for f in findings)
    return Sight(
        facts=facts_of(findings, target), answers=answered or any(f.host is not None and f.readable for f in findings)
    )


def covered(watches: Collection[Watch], target: Target) -> frozenset[Watch]:
    """The watches that a look with the probes of these says all of that they look at."""
    seen = set(probes_of(watches, target))
    return frozenset(watch for watch in Watch if seen.issuperset(probes_of({watch}, target)))


def kept(incident: Incident, sight: Sight) -> Sight:
    """Of a look, no more than judging it takes: this much is kept of each, so that it can be judged again."""
    own = {kind for kind, _ in (incident.baseline or Facts()).errors}
    others = sum(count for kind, count in sight.facts.errors if kind not in own)
    errors = tuple((kind, count) for kind, count in sight.facts.errors if kind in own)
    left_out = {"services": (), "low_disk": (), "deploys_known": False, "release": None, "unreadable": ()}
    facts = {**left_out, "errors": (*errors, (OTHERS, others)) if others else errors}
    return sight.model_copy(update={"facts": sight.facts.model_copy(update=facts)})


def failing(facts: Facts, before: Facts) -> tuple[str, ...]:
    """Return the names of what does not work; slowness counts only for what was slow in the incident too."""
    return (
        *(["health"] if facts.health == "down" else []),
        *facts.major_failed,
        *facts.minor_failed,
        *(f"service {name}" for name in dict.fromkeys((*facts.services_down, *facts.services_unhealthy))),
        *(f"slow {name}" for name in facts.slow if name in before.slow),
    )


def judge(
    incident: Incident, watches: Collection[Watch], first: Sight, again: Sight | None, looked: timedelta
) -> Judgement:
    """Judge one look, and a second one where the first saw something fail; `looked` is how much log was read.

    A metric fails by more than one measurement, so it needs no second look.
    """
    items: list[Item] = []
    suspects = set(incident.watched.suspects)
    if LOOKS_FROM_OUTSIDE & set(watches):
        functions, once = _functions(incident, watches, first, again)
        items.append(functions)
        suspects = {RATE} & suspects | set(suspects if once is None else once)
    if READS_LOGS & set(watches):
        items.append(_returned(incident, first.facts))
    if Watch.ERRORS in watches and first.facts.logs_known:
        rate = _rate(incident, first.facts, looked)
        items.append(rate)
        suspects = suspects - {RATE} | ({RATE} if rate.outcome == "unknown" else set())
    items += measured_items(first.facts, incident.baseline or Facts(), strictly=False)
    return Judgement(
        verdict=_verdict(items),
        saw="; ".join(f"{item.item}: {item.saw}" for item in items if item.outcome == "pass"),
        items=tuple(item for item in items if item.outcome != "pass"),
        suspects=tuple(sorted(suspects)),
    )


def _verdict(items: Iterable[Item]) -> Seen:
    outcomes = {item.outcome for item in items if item.counts}
    return "recurred" if "fail" in outcomes else "inconclusive" if "unknown" in outcomes else "ok"


def _functions(
    incident: Incident, watches: Collection[Watch], first: Sight, again: Sight | None
) -> tuple[Item, set[str] | None]:
    """The item, and what failed once only; None where nothing could be seen."""
    name, before = "functions", incident.baseline or Facts()
    failed = failing(first.facts, before)
    if failed and not first.answers and not (again and again.answers):
        saw = "nothing answers from here, neither the service nor its hosts: it may be this machine's own network"
        return Item(item=name, outcome="unknown", saw=saw), None
    twice = {*incident.watched.suspects, *(failing(again.facts, before) if again else ())}
    confirmed = [label for label in failed if label in twice]
    once = set(failed) - set(confirmed)
    if confirmed:
        return Item(item=name, outcome="fail", saw=f"fails again: {listed(confirmed)}"), once
    if once:
        return Item(item=name, outcome="unknown", saw=f"failed once: {listed(sorted(once))}"), once
    if unseen := _unseen(first.facts, services=Watch.RECURRENCE in watches):
        return Item(item=name, outcome="unknown", saw=f"not seen: {listed(unseen)}"), once
    if first.facts.slow:
        return Item(item=name, outcome="unknown", saw=f"slower than allowed: {listed(first.facts.slow)}"), once
    return Item(item=name, outcome="pass", saw=f"health and {counted(len(first.facts.checks_passed), 'check')}"), once


def _unseen(facts: Facts, *, services: bool) -> list[str]:
    return [
        *(["health"] if facts.health == "unknown" else []),
        *facts.checks_unknown,
        *(["services"] if services and not facts.services_known else []),
        *(f"service {name}, which is starting" for name in facts.services_starting),
    ]


def came_back(incident: Incident, now: Facts) -> list[int]:
    """Return how often each error of the assessment was seen again.

    Errors that were there before the incident do not count.
    """
    own = {kind for kind, _ in (incident.baseline or Facts()).errors} - set(incident.level.usual)
    return [count for kind, count in now.errors if kind in own]


def _returned(incident: Incident, now: Facts) -> Item:
    """Errors of the assessment in the logs again."""
    name = "errors"
    if back := came_back(incident, now):
        saw = f"{counted(len(back), 'kind')} of error of the assessment came back, {counted(sum(back), 'line')}"
        return Item(item=name, outcome="fail", saw=saw)
    if not now.logs_known:
        return Item(item=name, outcome="unknown", saw="logs could not be read")
    return Item(item=name, outcome="pass", saw=f"{counted(now.error_lines, 'line')}, none of the assessment's")


def no_more_than(per_minute: float, looked: timedelta) -> float:
    """So many error lines in a look are not above a level."""
    return per_minute * (looked / timedelta(minutes=1)) * TIMES + SLACK


def _rate(incident: Incident, now: Facts, looked: timedelta) -> Item:
    """The error rate; above the level once, it is looked at again before it counts."""
    level, source = incident.level.per_minute, f"before the incident, by {incident.level.source}"
    if level is None:
        level, source = incident.restored_level or 0.0, "at verification, since that before the incident is not known"
    saw = f"{counted(now.error_lines, 'line')} in {span(looked)}; level {level:.2g} a minute ({source})"
    if now.error_lines <= no_more_than(level, looked):
        return Item(item=RATE, outcome="pass", saw=saw)
    return Item(item=RATE, outcome="fail" if RATE in incident.watched.suspects else "unknown", saw=f"above: {saw}")
