"""Approvals signed in advance: what one must hold to stand in for asking a person now.

Knows: the terms of a standing approval and how its uses are counted. Must not know: how a signature is verified.
It never covers what a person must see: points to acknowledge, or a release that was not observed healthy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import lacking
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.policy import Policy
from flightrules.state.rules.approving import require_another
from flightrules.state.rules.context import RuleContext, require_channel
from flightrules.state.rules.signing import SKEW, require_hardware
from flightrules.state.rules.terms import objection
from flightrules.state.signing.statements import ApprovedInAdvance, Signed, read_statement

LONGEST = timedelta(days=30)
"""Longest time by which a person may approve in advance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreApproval:
    """One standing approval as its target's stream has it."""

    terms: ApprovedInAdvance
    signed: Signed
    used: tuple[str, ...] = ()
    """The incidents it was used for."""
    revoked: str = ""
    """By whom and why it was taken back."""

    @property
    def left(self) -> int:
        """Return the number of times that it may still be used."""
        return 0 if self.revoked else max(self.terms.uses - len(self.used), 0)


def standing_approvals(records: Iterable[Recorded]) -> tuple[PreApproval, ...]:
    """All standing approvals in a target's stream, oldest first."""
    found: dict[str, PreApproval] = {}
    for record in records:
        if record.kind not in (e.StandingGranted.kind, e.StandingUsed.kind, e.StandingRevoked.kind):
            continue
        event = e.event_in(record)
        if isinstance(event, e.StandingGranted):
            found.setdefault(event.terms.id, PreApproval(terms=event.terms, signed=event.signed))
        elif isinstance(event, e.StandingUsed) and (one := found.get(event.id)):
            found[event.id] = PreApproval(terms=one.terms, signed=one.signed, used=(*one.used, event.incident))
        elif isinstance(event, e.StandingRevoked) and (one := found.get(event.id)):
            why = f"{event.by}: {event.reason}"
            found[event.id] = PreApproval(terms=one.terms, signed=one.signed, used=one.used, revoked=why)
    return tuple(found.values())


def require_terms(terms: ApprovedInAdvance, signed: Signed, policy: Policy, now: datetime) -> None:
    """Refuse to keep a standing approval that policy would never let count."""
    require_signable(terms, policy, now)
    _require_own_words(terms, signed)
    require_hardware(signed, policy.approval)


def require_signable(terms: ApprovedInAdvance, policy: Policy, now: datetime) -> None:
    """Refuse terms that no signature would make count, before anybody signs them."""
    if not policy.approval.standing:
        raise Refused(
            "standing_off", "Policy does not accept standing approvals.", "Set approval.standing in the settings."
        )
    if "signed" not in policy.approval.channels.of(terms.severity):
        raise Refused("channel", f"Signatures do not count for {terms.severity}.", "Add signed to its channels.")
    if terms.at > now + SKEW or not now < terms.until <= now + LONGEST:
        why = f"It would hold until {terms.until:%Y-%m-%d %H:%M} UTC."
        raise Refused("standing_span", why, f"It must end after now and within {LONGEST.days} days.")


def _require_own_words(terms: ApprovedInAdvance, signed: Signed) -> None:
    if read_statement(ApprovedInAdvance, signed.message) != terms or terms.approver != signed.principal:
        raise Refused("other_statement", "The signature is for other terms.", "Sign these terms.")


def approve_in_advance(incident: Incident, command: c.ApproveInAdvance, context: RuleContext) -> list[e.Event]:
    """Let a standing approval stand in for a person, where policy and its terms allow."""
    policy, terms = context.policy.approval, command.terms
    why, plan = objection(terms, command.uses_left, incident, context.now), incident.plan
    if why or plan is None:
        raise Refused("standing", f"Standing approval {terms.id} does not cover this: {why}.", "Ask a person.")
    if not lacking(incident, policy, context.now):
        raise Refused("already_approved", "The plan is already approved.", "The agent may call `rollback` now.")
    require_channel(incident, "standing", context)
    _require_own_words(terms, command.signed)
    require_hardware(command.signed, policy)
    granted = e.ApprovalGranted(
        id=command.approval_id,
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        approver=terms.approver,
        channel="standing",
        until=min(context.now + timedelta(minutes=policy.expires_minutes), terms.until),
        signed=command.signed,
        standing=terms.id,
    )
    require_another(incident, granted, context)
    return [granted]
