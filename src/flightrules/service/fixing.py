"""The fix path: begin it, create its branch in the user's checkout, end it.

Knows: that the checkout is looked at before its branch is intended, and that an intent without an end is looked at.
Must not know: when a fix is allowed (rules), nor git.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.errors import Refused
from flightrules.ports import Checkout
from flightrules.service import answers as a
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.opening import settle
from flightrules.service.performing import framed
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.fix import FixCheck, commit_in
from flightrules.state.incident import Incident
from flightrules.state.rules.fixing import require_fixing, unchecked
from flightrules.state.vocabulary import Phase


async def fix(incidents: IncidentService, call: Call, command: c.BeginFix | c.EndFix) -> a.Answer[a.FixResult]:
    """Begin or end a fix."""

    def say(incident: Incident, events: Sequence[e.Event]) -> tuple[str, a.FixResult]:
        if isinstance(command, c.BeginFix):
            there = incidents.managed(incident.target).checkout is not None
            offer = " Create it with action branch." if there else ""
            return f"Fix begun. Work on branch {incident.fix_branch}.{offer}", fix_seen(incident, "begun")
        return said_ended(incident, events)

    return await settle(incidents, call, command, say)


def said_ended(incident: Incident, events: Sequence[e.Event]) -> tuple[str, a.FixResult]:
    """Return how a fix ended, in words and as a result."""
    ended = next(event for event in events if isinstance(event, e.FixEnded))
    seen = {
        "state": ended.outcome,
        "branch": incident.fix_branch,
        "reference": ended.reference,
        "deployment": ended.deployment,
        "unchecked": ended.unchecked,
    }
    return _ending(ended), a.FixResult.model_validate(seen)


def _ending(ended: e.FixEnded) -> str:
    if ended.outcome == "over":
        late = " If it was out in time, call again with `at`: when it was out." if ended.reference else ""
        return f"The fix budget is spent: rollback is the decision now.{late}"
    if ended.outcome != "deployed":
        return "Fix ended; rollback is the decision now."
    commit = commit_in(ended.reference)
    left = f" Recorded as not done: {', '.join(ended.unchecked)}." if ended.unchecked else ""
    if commit is None:
        why = f"{ended.reference!r} names no commit, so verification cannot hold production against it"
        return f"Fix deployed; verify next. {why} and will stay inconclusive.{left}"
    return f"Fix deployed; verify next: it holds what runs against {commit[:12]}.{left}"


def fix_seen(incident: Incident, state: str) -> a.FixResult:
    """A running fix as a result."""
    open_items = unchecked(incident)
    return a.FixResult.model_validate({"state": state, "branch": incident.fix_branch, "unchecked": open_items})


async def branch(incidents: IncidentService, call: Call, checks: tuple[FixCheck, ...]) -> a.Answer[a.FixResult]:
    """Create the branch of the fix in the user's checkout, without switching to it."""

    async def created(invocation: Invocation) -> a.Answer[a.FixResult]:
        checkout, start, there = await _looked(incidents, invocation)
        if there:
            return await incidents.finish(invocation, c.RecordBranch(commit=there), _say_branched)
        await incidents.apply(invocation, c.BeginBranch(start=start, checks=checks))
        return await _branched(incidents, invocation, checkout, start)

    return await framed(incidents, call, created)


async def _looked(incidents: IncidentService, invocation: Invocation) -> tuple[Checkout, str, str]:
    """The checkout, the commit at which the branch is to begin, and where an intended one stands already."""
    incident = await incidents.read(invocation)
    require_fixing(incident, incidents.context(incident, invocation.call.actor, incidents.clock.now()))
    checkout = incidents.managed(incident.target).checkout
    if checkout is None:
        name = incident.fix_branch
        remedy = f"Create it yourself: git branch {name}. Or a person sets `checkout` of the target."
        raise Refused("no_checkout", f"No checkout of {incident.target} is configured.", remedy)
    there = await checkout.commit(f"refs/heads/{incident.fix_branch}")
    if there and not incident.fix_branching:
        reason = f"Branch {incident.fix_branch} exists already, at {there[:12]}."
        raise Refused("branch_exists", reason, f"Use it (git switch {incident.fix_branch}), or rename it first.")
    return checkout, await _start(checkout, incident), there


async def _start(checkout: Checkout, incident: Incident) -> str:
    """A fix changes as little as possible: it begins at what runs, and at `HEAD` only where that is not known."""
    running = incident.facts.release if incident.facts else None
    start = await checkout.commit(running or "HEAD")
    if start:
        return start
    what = f"{running[:12]}, which runs in production" if running else "any commit"
    raise Refused("commit_missing", f"The checkout lacks {what}.", "Fetch it there (git fetch), then call again.")


async def _branched(
    incidents: IncidentService, invocation: Invocation, checkout: Checkout, start: str
) -> a.Answer[a.FixResult]:
    incident = invocation.incident
    if incident.phase is not Phase.FIXING:
        return await incidents.finish(
            invocation, c.ShowRollback(), lambda after, _events: (_OVER, fix_seen(after, "over"))
        )
    commit = await checkout.create_branch(incident.fix_branch, start)
    return await incidents.finish(invocation, c.RecordBranch(commit=commit), _say_branched)


_OVER = "The fix budget is spent: rollback is the decision now."


def _say_branched(incident: Incident, _events: Sequence[e.Event]) -> tuple[str, a.FixResult]:
    at = incident.fix_branched_at[:12]
    return f"Branch {incident.fix_branch} created at {at}; switch to it yourself.", fix_seen(incident, "branched")
