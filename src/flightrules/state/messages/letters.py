"""Who is told what at which event: short plain text, a function an event.

Knows: audiences and wording. Must not know: destinations, or whether a letter ever arrives (outbox.py).
Nothing here is for the public: what the public reads is an update (update.py), and passes no letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.untrusted import one_line
from flightrules.state.vocabulary import Audience, Severity, Verdict
from flightrules.state.words import short, span

LONGEST = 300
"""Bytes of somebody's own words in a letter."""


class Letter(NamedTuple):
    """What an audience is told."""

    to: tuple[Audience, ...]
    title: str
    lines: tuple[str, ...] = ()


class Scene(NamedTuple):
    """The incident around an event."""

    before: Incident
    after: Incident


TEAM = (Audience.INTERNAL,)
ALARM = (Audience.INTERNAL, Audience.ESCALATION)


def said(text: str) -> str:
    """Somebody's own words on one line, without characters that call people or make markup in a chat."""
    return one_line(text, LONGEST).replace("@", "\uff20").replace("<", "\u2039").replace(">", "\u203a")


def _opened(_scene: Scene, event: e.IncidentOpened) -> Iterable[Letter]:
    yield Letter(TEAM, "Incident opened", (said(event.title), f"Detected via {said(event.detected_via)}."))


def _classified(scene: Scene, event: e.SeverityClassified) -> Iterable[Letter]:
    was = scene.before.severity
    if event.severity is was:
        return
    why = "; ".join(said(hit.why) for hit in event.rules[:3])
    change = f"Severity {event.severity}" if was is None else f"Severity {was} is now {event.severity}"
    worse = event.severity is Severity.P1 and (was is None or was.rank > event.severity.rank)
    reason = (f"Reason: {said(event.reason)}",) if event.reason else ()
    yield Letter(ALARM if worse else TEAM, change, (*((f"{why}.",) if why else ()), *reason))


def _wanted(scene: Scene, event: e.PlanProposed) -> Iterable[Letter]:
    plan, incident = event.plan, scene.after.id
    lines = (
        f"Roll {plan.target} back from {short(plan.from_release)} to {short(plan.to_release)}: plan {plan.id}.",
        f"Read it and answer: flightrules approve {incident}",
        f"Or say no: flightrules reject {incident} --reason TEXT",
    )
    yield Letter((Audience.APPROVERS,), "Approval wanted", lines)


BUDGETS = {
    "assessment": "Assessment took its time: classify on what is known",
    "response": "No mitigation has started in time",
    "rollback": "The rollback is over its time; it goes on",
    "fix": "The fix is over its time: rollback is the decision",
    "internal_update": "A status update is overdue",
    "external_notice": "The public has not been told in time",
}
"""What it means that a budget ran out."""


def _breached(scene: Scene, event: e.BudgetBreached) -> Iterable[Letter]:
    title = BUDGETS.get(event.budget, f"Budget {event.budget} ran out")
    how = {
        "internal_update": f"Post one: flightrules update post {scene.after.id} TEXT",
        "external_notice": f"Tell it: flightrules update post {scene.after.id} TEXT --external",
    }
    lines = (f"It had {span(event.limit_s)}.", *((how[event.budget],) if event.budget in how else ()))
    yield Letter(TEAM if event.budget in ("assessment", "internal_update") else ALARM, title, lines)


def _rolled_back(_scene: Scene, event: e.RollbackFinished) -> Iterable[Letter]:
    title = {
        "succeeded": "Rolled back",
        "failed": "The rollback failed",
        "indeterminate": "It is not known how the rollback ended",
        "untouched": "The rollback did nothing, since production had moved",
    }[event.outcome]
    yield Letter(TEAM if event.outcome == "succeeded" else ALARM, title, (said(event.says),))


def _fixed(_scene: Scene, event: e.FixEnded) -> Iterable[Letter]:
    title = {
        "deployed": "Fix deployed",
        "failed": "The fix failed",
        "abandoned": "The fix was abandoned",
        "over": "The fix is over its time",
    }[event.outcome]
    yield Letter(TEAM, title, tuple(said(text) for text in (event.reference, event.says) if text))


def _verified(scene: Scene, event: e.VerificationRecorded) -> Iterable[Letter]:
    if event.verdict is scene.before.verdict:
        return
    title = {
        Verdict.RESTORED: "Production is restored",
        Verdict.NOT_RESTORED: "Production is not restored",
        Verdict.INCONCLUSIVE: "It cannot be told whether production is restored",
    }[event.verdict]
    lines = tuple(f"{item.item}: {said(item.saw)}" for item in event.items if item.outcome != "pass")
    yield Letter(ALARM if event.verdict is Verdict.NOT_RESTORED else TEAM, title, lines[:5])


def _recurred(_scene: Scene, event: e.RecurrenceDetected) -> Iterable[Letter]:
    yield Letter(ALARM, "The incident is back", (said(event.says),))


def _held(scene: Scene, event: e.UpdatePosted) -> Iterable[Letter]:
    if event.held:
        lines = (
            f"{event.status}: {said(event.text)}",
            f"Let it out: flightrules update approve {scene.after.id} {event.id}",
            f"Or keep it back: flightrules update reject {scene.after.id} {event.id} --reason TEXT",
        )
        yield Letter((Audience.APPROVERS,), f"Update {event.id} for the public waits for approval", lines)


def _ended(scene: Scene, event: e.IncidentClosed | e.StoodDown) -> Iterable[Letter]:
    title = "Stood down" if isinstance(event, e.StoodDown) else "Closed"
    yield Letter(TEAM, f"{title}: {said(scene.after.title)}", (said(event.reason),) if event.reason else ())


LETTERS: dict[type[e.Event], Callable[[Scene, Any], Iterable[Letter]]] = {
    e.IncidentOpened: _opened,
    e.SeverityClassified: _classified,
    e.PlanProposed: _wanted,
    e.BudgetBreached: _breached,
    e.RollbackFinished: _rolled_back,
    e.FixEnded: _fixed,
    e.VerificationRecorded: _verified,
    e.RecurrenceDetected: _recurred,
    e.UpdatePosted: _held,
    e.IncidentClosed: _ended,
    e.StoodDown: _ended,
}
"""What is told at which event; at all others nobody is told anything."""
