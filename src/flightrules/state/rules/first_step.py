"""Conditions under which an approval still holds when a host takes its first step, perhaps long after the start.

Knows: that a process may die, or its call be cancelled, between the record of a start and the host that hears of it.
Must not know: how an operation is handed over. What a host has begun goes on whatever the clock says.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.operation import Survey
from flightrules.state.plan import moved_release, same_world
from flightrules.state.rules.approving import policy_digest
from flightrules.state.rules.context import RuleContext
from flightrules.state.rules.executing import Outcome, end_host, host_plan, next_host, plan_of

FRESH = timedelta(seconds=10)
"""Time for which the reading at the start is valid for a host; later it is read again before it is handed anything."""


def launch(incident: Incident, command: c.Launch, context: RuleContext) -> list[e.Event]:
    """Record that an operation is about to be handed over, in order and once; or that it is too late for it."""
    host = next_host(incident, command.operation, context)
    handed_over = command.operation in incident.launching
    read: list[e.Event] = [e.SurveyRead(survey=command.survey)] if command.survey else []
    if why := too_late(incident, command, host, context):
        outcome: Outcome = "indeterminate" if handed_over and not command.refused else "untouched"
        return [*read, *end_host(incident, command.operation, host, outcome, f"{why}; nothing was begun there")]
    return read if handed_over else [*read, e.OperationLaunching(operation=command.operation, host=host)]


def must_read_again(incident: Incident, host: str, context: RuleContext) -> bool:
    """Return True if a host must be read again before it is handed its operation.

    The age of a reading counts from the moment at which the host was asked.
    """
    asked = dict(incident.asked).get(host)
    # A clock that was set back says nothing of how long it has been.
    return bool(incident.hosts_done) or asked is None or not timedelta(0) <= context.now - asked <= FRESH


def too_late(incident: Incident, command: c.Launch, host: str, context: RuleContext) -> str:
    """Return the reason that an operation may not be handed over any more, in words; empty if it may.

    Raises `Refused` if the host must be read again to know.
    """
    if not _begun(incident):
        if incident.approved_until is not None and context.now >= incident.approved_until:
            return f"the approval ended at {incident.approved_until:%H:%M:%S} UTC, before {host} began"
        if policy_digest(context.policy, context.target) != incident.plan_policy:
            return f"the policy changed before {host} began"
    if command.survey is None:
        if must_read_again(incident, host, context):
            raise Refused("not_read_again", f"{host} was not read again.", "Follow the rollback with `rollback`.")
        return ""
    before = plan_survey(incident, host)
    # Where the rollback has begun, its own steps may show on a machine that several hosts share.
    moved = moved_release(before, command.survey) if _begun(incident) else same_world(before, command.survey)
    return f"production moved after it was approved: {', '.join(moved)}" if moved else ""


def plan_survey(incident: Incident, host: str) -> Survey:
    """Return the survey of a host that was taken when the running plan was made."""
    return host_plan(plan_of(incident), host).survey


def latest(incident: Incident, survey: Survey) -> datetime | None:
    """Return the time from which a host may not begin any more, by its own clock; None once the rollback has begun.

    The clock's offset is the one that the survey showed. The survey's answer took time to arrive, which makes the
    host's clock seem ahead by that time, so the result is too late by the same amount.
    """
    if _begun(incident) or incident.approved_until is None:
        return None
    return incident.approved_until + timedelta(seconds=survey.clock_skew_s)


def _begun(incident: Incident) -> bool:
    """Return True if any host took its first step."""
    return any(look.state not in ("absent", "claimed") for _, look in incident.looks)
