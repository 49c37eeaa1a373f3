"""Approving a plan with a person's own key: what is signed, and that it is verified before it is kept.

Knows: the order show, sign, verify, append. Must not know: how a key signs, nor what makes an approval count (rules).
"""

from __future__ import annotations

from datetime import timedelta

from flightrules.errors import Refused
from flightrules.service import answers as a
from flightrules.service.approval.in_advance import verified
from flightrules.service.approval.typed import granted_words
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.performing import framed
from flightrules.state import commands as c
from flightrules.state.incident import Incident
from flightrules.state.rules.approving import require_askable
from flightrules.state.rules.signing import statement_of
from flightrules.state.signing.statements import PlanApproved, Signed, read_statement


async def refused_unsigned(
    incidents: IncidentService, call: Call, hoped: Signed, *, acknowledged: bool
) -> a.Answer[None] | None:
    """The refusal of what no signature would make count, on record, before anybody signs; None where it is worth it."""
    invocation = incidents.invocation(call)
    no = _objection(incidents, call, await incidents.read(invocation), hoped, acknowledged=acknowledged)
    return await incidents.refuse(invocation, no) if no else None


async def objection(incidents: IncidentService, call: Call, hoped: Signed, *, acknowledged: bool) -> Refused | None:
    """Return the same refusal for a page that only shows it; nothing is recorded."""
    return _objection(incidents, call, await incidents.incident(call.incident), hoped, acknowledged=acknowledged)


def _objection(
    incidents: IncidentService, call: Call, incident: Incident, hoped: Signed, *, acknowledged: bool
) -> Refused | None:
    plan = incident.plan
    command = c.Approve(
        approval_id="",
        approver=hoped.principal,
        channel="signed",
        intent=plan.intent if plan else "",
        review=plan.review if plan else "",
        acknowledged=acknowledged,
        account=call.account,
        signed=hoped,
    )
    try:
        require_askable(incident, command, incidents.context(incident, call.actor, incidents.clock.now()))
    except Refused as no:
        return no
    return None


async def to_sign(incidents: IncidentService, incident_id: str, *, approver: str, acknowledged: bool) -> PlanApproved:
    """Return what a person must sign to approve the plan that waits.

    Raises `Refused` if no plan waits.
    """
    incident = await incidents.incident(incident_id)
    if incident.plan is None:
        raise Refused("no_plan", f"Incident {incident_id} has no plan.", "The agent proposes one with `rollback`.")
    at = incidents.clock.now().replace(microsecond=0)
    minutes = incidents.managed(incident.target).policy.approval.expires_minutes
    until = at + timedelta(minutes=minutes)
    return statement_of(incident, incident.plan, approver=approver, acknowledged=acknowledged, at=at, until=until)


async def approve(incidents: IncidentService, call: Call, *, message: str, signature: str) -> a.Answer[None]:
    """Verify a signed approval, and keep it with its signature."""

    async def approved(invocation: Invocation) -> a.Answer[None]:
        said = read_statement(PlanApproved, message)
        incident = await incidents.read(invocation)
        signed = verified(incidents, incident.target, message, signature, at=incidents.clock.now())
        command = c.Approve(
            approval_id=incidents.ids.new("APPR"),
            approver=signed.principal,
            channel="signed",
            intent=said.intent,
            review=said.review,
            acknowledged=bool(said.acknowledged),
            account=call.account,
            signed=signed,
        )
        return await incidents.finish(
            invocation, command, lambda after, _events: (granted_words(incidents, after), None)
        )

    return await framed(incidents, call, approved)
