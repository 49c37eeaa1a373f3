"""Answers of a person at a terminal to a plan: yes with its digest, or no with a reason.

Knows: which command that becomes, and what the person is told. Must not know: how they were asked (cli).
"""

from __future__ import annotations

from flightrules.errors import Refused
from flightrules.service import answers as a
from flightrules.service.asking import objection
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.performing import framed
from flightrules.state import commands as c
from flightrules.state.approvers import lacking
from flightrules.state.incident import Incident
from flightrules.state.plan import Plan


async def approve(
    incidents: IncidentService, call: Call, *, approver: str, digest: str, acknowledged: bool
) -> a.Answer[None]:
    """A person at a terminal approves by typing the plan's short digest; empty where it was no use to ask for it."""

    async def approved(invocation: Invocation) -> a.Answer[None]:
        plan = (await incidents.read(invocation)).plan
        command = _yes(call, plan, approver, acknowledged=acknowledged, approval_id=incidents.ids.new("APPR"))
        no = None if digest.strip() else objection(incidents, invocation, command)
        if no is None and plan is not None and digest.strip().lower() != plan.short:
            # Which digest it has is not said: a plan that changed while it was read must be read, not typed.
            why = f"{digest!r} is not the digest of the plan that waits now."
            no = Refused("wrong_digest", why, f"Read it, and type its digest: flightrules approve {call.incident}")
        if no is not None:
            raise no
        return await incidents.finish(
            invocation, command, lambda after, _events: (granted_words(incidents, after), None)
        )

    return await framed(incidents, call, approved)


async def would_count(incidents: IncidentService, call: Call, *, approver: str, acknowledged: bool) -> bool:
    """Return True if the right digest would approve the plan.

    If it would not, `approve` says why, whatever is typed.
    """
    invocation = incidents.invocation(call)
    plan = (await incidents.read(invocation)).plan
    return objection(incidents, invocation, _yes(call, plan, approver, acknowledged=acknowledged)) is None


def _yes(call: Call, plan: Plan | None, approver: str, *, acknowledged: bool, approval_id: str = "") -> c.Approve:
    return c.Approve(
        approval_id=approval_id,
        approver=approver,
        channel="cli",
        intent=plan.intent if plan else "",
        review=plan.review if plan else "",
        acknowledged=acknowledged,
        account=call.account,
    )


def granted_words(incidents: IncidentService, incident: Incident) -> str:
    """Return the words that a person who approved is told."""
    if incident.approval is None:
        return "Approved."
    more = lacking(incident, incidents.managed(incident.target).policy.approval, incidents.clock.now())
    then = "Another person must approve it too." if more else "The agent may call `rollback` now."
    return f"Approved until {incident.approval.until:%H:%M:%S} UTC. {then}"


async def reject(incidents: IncidentService, call: Call, *, approver: str, reason: str) -> a.Answer[None]:
    """A person at a terminal says no."""
    command = c.Reject(approver=approver, channel="cli", reason=reason)
    return await incidents.take(call, command, lambda _after, _events: ("Rejected; the agent gets the reason.", None))
