"""Detection, assessment and severity, and what could not be done.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.facts import Facts
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.words import counted, listed, span


def _failed_call(_walk: Walk, event: e.CallFailed) -> Iterable[Line]:
    yield Line(f"Could not be done: {event.what}")


def _opened(_walk: Walk, event: e.IncidentOpened) -> Iterable[Line]:
    if event.onset_at < event.detected_at:
        yield Line("Onset, as stated when the incident was opened", at=event.onset_at)
    yield Line(f"Incident detected via {cut(event.detected_via)}", at=event.detected_at)
    if event.beside:
        yield Line(f"Opened while {listed(event.beside)} was open on the same target")


def _joined(_walk: Walk, event: e.IncidentJoined) -> Iterable[Line]:
    yield Line(f"Noticed again via {cut(event.detected_via)}: {cut(event.title)}", at=event.detected_at)


def _began(walk: Walk, event: e.AssessmentStarted) -> Iterable[Line]:
    if event.purpose == "assess":
        yield Line("Assessment began again" if walk.assessed else "Assessment began")
        walk.assessed = True
    elif event.purpose in ("verify", "compare"):
        yield Line("Verification began" if event.purpose == "verify" else "Releases are compared")


def _assessed(_walk: Walk, event: e.AssessmentRecorded) -> Iterable[Line]:
    yield Line(f"Assessment recorded: {picture(event.facts)}", evidence=event.evidence)


def picture(facts: Facts) -> str:
    """Return a summary of facts in one sentence; it always says what could not be read."""
    parts = [f"health {facts.health}"]
    named = (
        ("services down", facts.services_down),
        ("services unhealthy", facts.services_unhealthy),
        ("checks failing", (*facts.major_failed, *facts.minor_failed)),
        ("too slow", facts.slow),
        ("disk nearly full", facts.low_disk),
    )
    parts += [f"{name}: {listed(items)}" for name, items in named if items]
    if facts.error_lines:
        parts.append(counted(facts.error_lines, "error line"))
    return "; ".join([*parts, *unread(facts)])


def unread(facts: Facts) -> Iterable[str]:
    """Give everything that was not read, or was read only in part, each with its reason."""
    why = dict(facts.reasons)
    places = dict.fromkeys((*facts.unreadable, *(place for place in why if not place.startswith("logs"))))
    if places:
        named = [f"{place} ({cut(why[place])})" if place in why else place for place in places]
        yield f"could not be read: {listed(named)}"
    if parts := [f"{place} ({cut(reason)})" for place, reason in why.items() if place not in places]:
        yield f"read in part: {listed(parts)}"


def _classified(_walk: Walk, event: e.SeverityClassified) -> Iterable[Line]:
    rules = listed([hit.rule for hit in event.rules])
    overruled = f"; overruled by a person: {listed(event.overruled)}" if event.overruled else ""
    text = f"Classified {event.severity}; floor {event.floor} by rules: {rules}{overruled}"
    by = f". Reported by, as stated: {cut(event.reported_by)}" if event.reported_by else ""
    yield Line(f"{text}{by}. Reason: {cut(event.reason)}" if event.reason else f"{text}{by}")


def _breached(_walk: Walk, event: e.BudgetBreached) -> Iterable[Line]:
    yield Line(f"Budget ran out: {event.budget} ({span(event.limit_s)})", at=event.ran_out_at, actor="the clock")


SAYS: Table = {
    e.CallFailed: _failed_call,
    e.IncidentOpened: _opened,
    e.IncidentJoined: _joined,
    e.AssessmentStarted: _began,
    e.AssessmentRecorded: _assessed,
    e.SeverityClassified: _classified,
    e.BudgetBreached: _breached,
}
