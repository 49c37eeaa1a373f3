"""Reminders of what nobody has acted on, repeated at growing intervals until somebody does.

Knows: what waits for whom, since when, and how often it was said. Must not know: who is told, or in which words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.budgets import running
from flightrules.state.incident import Incident
from flightrules.state.rules.context import RuleContext, require_person
from flightrules.state.rules.fixing import over
from flightrules.state.vocabulary import Path, Phase
from flightrules.state.waiting import held_updates, question_since

PAGE_AGAIN = timedelta(minutes=30)
"""A page that nobody took is sent again after this, then after twice as long each time."""
ASK_AGAIN = timedelta(minutes=15)
"""The same for what waits for a person's yes or decision."""

Waits = Literal["approval", "decision", "public_update"]


def tick(incident: Incident, _command: c.Tick, context: RuleContext) -> list[e.Event]:
    """Return the events that time alone causes: a fix that is over, a pace that ran out, and reminders."""
    events: list[e.Event] = [*over(incident, context)]
    if incident.pace_until is not None and context.now >= incident.pace_until and incident.restored_at is None:
        events.append(e.PaceEnded())
    return [*events, *(_reminders(incident, context) if not events else ())]


def _reminders(incident: Incident, context: RuleContext) -> Iterator[e.Reminded]:
    if incident.phase is Phase.CLOSED:
        return
    yield from _held(incident, context)
    if incident.restored_at is not None:
        return
    yield from _page(incident, context.now)
    yield from _update(incident, context)
    yield from _question(incident, context)


def _page(incident: Incident, now: datetime) -> Iterator[e.Reminded]:
    """A page that nobody took."""
    paged, last = incident.paged_at, incident.paged_last_at
    if paged is None or last is None or not incident.pages:
        return
    if now >= last + PAGE_AGAIN * 2 ** (incident.pages - 1):
        yield e.Reminded(about="page", times=incident.pages, since=paged)


def _update(incident: Incident, context: RuleContext) -> Iterator[e.Reminded]:
    """An update that is overdue: each time another one would have been due."""
    for budget in running(incident, context.policy, context.now, ("internal_update",)):
        missed = max(0, int((context.now - budget.started_at).total_seconds()) // max(budget.limit_s, 60))
        told = incident.reminded_of("internal_update", budget.ran_out_at)
        silenced = incident.silenced_at is not None and incident.silenced_at >= budget.ran_out_at
        if missed > told + 1 and "internal_update" in incident.breached and not silenced:
            yield e.Reminded(about="internal_update", times=missed - 1, since=budget.ran_out_at)


def _held(incident: Incident, context: RuleContext) -> Iterator[e.Reminded]:
    """An update for the public that waits for a person, whoever is there for anything else.

    Words of the rules that are not so any more wait for nothing: they cannot go out.
    """
    since, waits = incident.held_at, held_updates(incident, context.policy)
    if not waits or since is None or (incident.silenced_at is not None and incident.silenced_at >= since):
        return
    yield from _again("public_update", since, incident, context.now)


def _question(incident: Incident, context: RuleContext) -> Iterator[e.Reminded]:
    """A plan that waits for a yes, or a decision that waits for a person."""
    if incident.phase is not Phase.DECIDED:
        return
    since = question_since(incident, context.policy, context.now)
    about: Waits = "decision" if incident.path is Path.PERSON else "approval"
    if since is None or (incident.acked_at is not None and incident.acked_at >= since):
        return
    yield from _again(about, since, incident, context.now)


def _again(about: Waits, since: datetime, incident: Incident, now: datetime) -> Iterator[e.Reminded]:
    """Give the next reminder of what waits for a person; the interval doubles each time."""
    told = incident.reminded_of(about, since)
    if now >= since + ASK_AGAIN * (2**told * 2 - 1 if told else 1):
        yield e.Reminded(about=about, times=told + 1, since=since)


SAME_JUMP = timedelta(minutes=2)
"""Processes that notice one jump of the machine's clock notice it within this time of each other."""
ALMOST_S = 60
"""Seconds by which two processes may measure one jump differently."""


def note_clock(incident: Incident, command: c.NoteClock, context: RuleContext) -> list[e.Event]:
    """Keep that the clock moved, once for all processes: whoever reads the times later has to know."""
    if (noted := incident.clock_moved) is not None:
        at, by_s = noted
        if abs(context.now - at) < SAME_JUMP and abs(by_s - command.by_s) < ALMOST_S:
            return []
    return [e.ClockMoved(by_s=command.by_s)]


def acknowledge(incident: Incident, command: c.Acknowledge, context: RuleContext) -> list[e.Event]:
    """A person takes what they were told: they are not paged again for the same."""
    require_person(context, "acknowledge", f"flightrules ack {incident.id}")
    if incident.phase is Phase.CLOSED:
        raise Refused("out_of_order", "The incident is closed.", "Nothing is left to acknowledge: flightrules status.")
    return [e.Acknowledged(by=context.actor.name, says=command.says)]
