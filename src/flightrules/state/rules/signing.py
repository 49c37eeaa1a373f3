"""Requirements that a signature must meet to count as an approval, when it is given and again when it is used.

Knows: that it must name exactly this plan, in its time, by a key as policy wants it.
Must not know: how a signature is verified; commands carry only what was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.incident import Incident
from flightrules.state.plan import Plan
from flightrules.state.policy import ApprovalPolicy
from flightrules.state.rules.context import RuleContext
from flightrules.state.signing.statements import PlanApproved, Signed, differences, read_statement

SKEW = timedelta(seconds=60)
"""Time by which a signer's clock may be ahead of ours."""


def statement_of(  # noqa: PLR0913 - a statement names just these, by name
    incident: Incident, plan: Plan, *, approver: str, acknowledged: bool, at: datetime, until: datetime
) -> PlanApproved:
    """Return the statement that a person's key must sign to approve the plan."""
    return PlanApproved(
        approver=approver,
        at=at,
        until=until,
        incident=incident.id,
        target=incident.target,
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        acknowledged=plan.acknowledge if acknowledged else (),
    )


def signed_until(
    incident: Incident, plan: Plan, given: c.Approve | e.ApprovalGranted, context: RuleContext
) -> datetime:
    """Until when a signed approval holds. Raises `Refused` where it is not for this plan, now."""
    signed = given.signed
    if signed is None:
        raise Refused("not_signed", "That approval carries no signature.", "Sign: flightrules approve --key PATH")
    said = read_statement(PlanApproved, signed.message)
    wanted = statement_of(
        incident, plan, approver=signed.principal, acknowledged=given.acknowledged, at=said.at, until=said.until
    )
    if (other := differences(said, wanted)) or given.approver != signed.principal:
        named = ", ".join(other) or "approver"
        raise Refused("other_statement", f"What was signed differs from the plan in: {named}.", "Sign this plan.")
    longest = timedelta(minutes=context.policy.approval.expires_minutes)
    if said.at > context.now + SKEW:
        raise Refused(
            "signed_ahead", f"It was signed at {said.at:%H:%M:%S} UTC, which is in the future.", "Correct the clock."
        )
    if said.until <= context.now or said.until - said.at > longest:
        why = f"It holds until {said.until:%H:%M:%S} UTC; an approval holds for {longest.seconds // 60} min at most."
        raise Refused("signature_expired", why, "Sign again.")
    require_hardware(signed, context.policy.approval)
    return said.until


def require_hardware(signed: Signed, policy: ApprovalPolicy) -> None:
    """Refuse a signature that policy wants from a security key, touched or with its user verified, and that is not."""
    wanted = {
        "touched": (policy.require_touch, signed.touched),
        "verified by PIN or fingerprint": (policy.require_user_verification, signed.user_verified),
    }
    for word, (required, shown) in wanted.items():
        if required and not shown:
            what = f"policy wants a security key that was {word}, and {signed.kind} {signed.fingerprint} was not"
            raise Refused("hardware", f"That signature does not count: {what}.", "Sign with a security key (sk-...).")
