"""Approvals at the moment they are used: held against policy and their signatures once more, as if nothing were known.

Knows: that the log may have been written by somebody else, and that only what is verified now counts.
Must not know: how a signature is verified.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import is_requester, named, people
from flightrules.state.incident import Incident
from flightrules.state.plan import Plan
from flightrules.state.rules.context import RuleContext, require_channel
from flightrules.state.rules.signing import SKEW, require_hardware, signed_until
from flightrules.state.rules.terms import objection
from flightrules.state.signing.statements import ApprovedInAdvance, Signed, read_statement


def no_longer_counts(
    incident: Incident,
    plan: Plan,
    approvals: Sequence[e.ApprovalGranted],
    command: c.StartRollback,
    context: RuleContext,
) -> str:
    """Return the reason that one of these approvals does not count at this moment; empty if all of them do."""
    seen = {signature.approval: signature for signature in command.signatures}
    again: list[e.ApprovalGranted] = []
    for approval in approvals:
        try:
            again.append(_again(incident, plan, approval, seen.get(approval.id), context))
        except Refused as no:
            return f"the approval by {approval.approver} does not count now: {no.reason.rstrip('.')}"
    policy = context.policy.approval
    if policy.requester_must_differ and any(is_requester(one, incident.requester) for one in again):
        return "whoever asked for it approved it"
    return "" if people(again) >= policy.approvers else f"{named(again)} may be one person"


def _again(
    incident: Incident, plan: Plan, approval: e.ApprovalGranted, seen: c.SignatureSeen | None, context: RuleContext
) -> e.ApprovalGranted:
    """The approval with what its signature shows now. Raises `Refused` where it does not count."""
    if (approval.plan, approval.intent, approval.review) != (plan.id, plan.intent, plan.review):
        raise Refused("other_plan", "It is for another plan.", "Ask for a new one.")
    require_channel(incident, approval.channel, context)
    if approval.until > context.now + timedelta(minutes=context.policy.approval.expires_minutes) + SKEW:
        raise Refused("clock_set_back", "The clock was set back since it was given.", "Ask for a new one.")
    if approval.channel not in {"signed", "standing"}:
        return approval.model_copy(update={"signed": None})
    if seen is None or seen.signed is None:
        why = seen.why if seen and seen.why else "it was not verified again"
        raise Refused("not_signed", f"Its signature is not valid: {why}.", "Ask for a new one.")
    again = approval.model_copy(update={"signed": seen.signed})
    if approval.channel == "standing":
        _require_terms(incident, again, seen.signed, context)
    elif signed_until(incident, plan, again, context) != approval.until:
        raise Refused("other_statement", "It was signed for another time.", "Ask for a new one.")
    return again


def _require_terms(incident: Incident, approval: e.ApprovalGranted, signed: Signed, context: RuleContext) -> None:
    terms = read_statement(ApprovedInAdvance, signed.message)
    if (terms.id, terms.approver) != (approval.standing, signed.principal) or approval.approver != terms.approver:
        raise Refused("other_statement", "The signature is for other terms.", "Ask a person.")
    # That a use is left was counted with the signature: without one it does not hold.
    if why := objection(terms, 1, incident, context.now):
        raise Refused("standing", f"Standing approval {terms.id} does not cover this: {why}.", "Ask a person.")
    require_hardware(signed, context.policy.approval)
