"""What a person at a terminal says to a plan: yes with its digest, or no with a reason.

Knows: which command that becomes, and what the person is told. Must not know: how they were asked (cli).
"""

from __future__ import annotations

from flightrules.errors import Refused
from flightrules.service import answers as a
from flightrules.service.desk import Desk
from flightrules.service.turn import Call
from flightrules.state import commands as c
from flightrules.state.approvers import lacking
from flightrules.state.incident import Incident


async def approve(desk: Desk, call: Call, *, approver: str, digest: str, acknowledged: bool) -> a.Answer[None]:
    """A person at a terminal approves by typing the plan's short digest."""
    incident = await desk.incident(call.incident)
    plan = incident.plan
    if plan is not None and digest.strip().lower() != plan.short:
        no = Refused("wrong_digest", f"{digest!r} is not the digest of the plan.", f"Type {plan.short} as shown.")
        return await desk.refuse(call, no)
    command = c.Approve(
        approval_id=desk.ids.new("APPR"),
        approver=approver,
        channel="cli",
        intent=plan.intent if plan else "",
        review=plan.review if plan else "",
        acknowledged=acknowledged,
        account=call.account,
    )
    return await desk.take(call, command, lambda after, _events: (granted_words(desk, after), None))


def granted_words(desk: Desk, incident: Incident) -> str:
    """What a person who approved is told."""
    if incident.approval is None:
        return "Approved."
    more = lacking(incident, desk.site(incident.target).policy.approval, desk.clock.now())
    then = "Another person must approve it too." if more else "The agent may call `rollback` now."
    return f"Approved until {incident.approval.until:%H:%M:%S} UTC. {then}"


async def reject(desk: Desk, call: Call, *, approver: str, reason: str) -> a.Answer[None]:
    """A person at a terminal says no."""
    command = c.Reject(approver=approver, channel="cli", reason=reason)
    return await desk.take(call, command, lambda _after, _events: ("Rejected; the agent is told why.", None))
