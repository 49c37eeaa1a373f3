"""What must still be true of an approval when a host takes its first step, which may be long after the start.

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
from flightrules.state.rules.executing import Outcome, end_host, host_plan, next_host, plan_of
from flightrules.state.rules.ground import Ground

FRESH = timedelta(seconds=10)
"""How long the reading of the start speaks for a host; afterwards it is read again before it is handed anything."""


def launch(incident: Incident, command: c.Launch, ground: Ground) -> list[e.Event]:
    """Record that an operation is about to be handed over, in order and once; or that it is too late for it."""
    host = next_host(incident, command.operation, ground)
    handed_over = command.operation in incident.launching
    read: list[e.Event] = [e.SurveyRead(survey=command.survey)] if command.survey else []
    if why := too_late(incident, command, host, ground):
        outcome: Outcome = "indeterminate" if handed_over and not command.refused else "untouched"
        return [*read, *end_host(incident, command.operation, host, outcome, f"{why}; nothing was begun there")]
    return read if handed_over else [*read, e.OperationLaunching(operation=command.operation, host=host)]


def must_read_again(incident: Incident, host: str, ground: Ground) -> bool:
    """Whether a host must be read again before it is handed its operation: a reading is as old as its question."""
    asked = dict(incident.asked).get(host)
    # A clock that was set back says nothing of how long it has been.
    return bool(incident.hosts_done) or asked is None or not timedelta(0) <= ground.now - asked <= FRESH


def too_late(incident: Incident, command: c.Launch, host: str, ground: Ground) -> str:
    """Why an operation may not be handed over any more, in words; empty where it may.

    Raises `Refused` where the host must be read again to know.
    """
    if not _begun(incident):
        if incident.approved_until is not None and ground.now >= incident.approved_until:
            return f"the approval ended at {incident.approved_until:%H:%M:%S} UTC, before {host} began"
        if policy_digest(ground.policy, ground.target) != incident.plan_policy:
            return f"the policy changed before {host} began"
    if command.survey is None:
        if must_read_again(incident, host, ground):
            raise Refused("not_read_again", f"{host} was not read again.", "Follow the rollback with `rollback`.")
        return ""
    before = plan_survey(incident, host)
    # Where the rollback has begun, its own steps may show on a machine that several hosts share.
    moved = moved_release(before, command.survey) if _begun(incident) else same_world(before, command.survey)
    return f"production moved after it was approved: {', '.join(moved)}" if moved else ""


def plan_survey(incident: Incident, host: str) -> Survey:
    """How a host stood when the plan was made that runs."""
    return host_plan(plan_of(incident), host).survey


def latest(incident: Incident, survey: Survey) -> datetime | None:
    """When a host may begin no more, by its own clock as its survey showed it; None once the rollback has begun.

    The survey's answer took its time to come, so a host's clock seems as much ahead: by that much it is generous.
    """
    if _begun(incident) or incident.approved_until is None:
        return None
    return incident.approved_until + timedelta(seconds=survey.clock_skew_s)


def _begun(incident: Incident) -> bool:
    """Whether any host took its first step."""
    return any(look.state not in ("absent", "claimed") for _, look in incident.looks)
