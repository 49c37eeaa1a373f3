"""Circumstances of a command that every rule is given, and the refusals that all rules share.

Knows: order (which call is legal in which phase) and authority (what only a person may do).
Must not know: any single rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flightrules.errors import Refused
from flightrules.state.channels import counting, judged_words
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.policy import ApprovalPolicy, Policy, Through
from flightrules.state.status import listed_calls, next_calls, objection
from flightrules.state.target import Target
from flightrules.state.vocabulary import ActorKind, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """The circumstances in which a command is judged."""

    target: Target
    policy: Policy
    now: datetime
    actor: Actor
    public: bool = False
    """True if there is a place where the public reads updates."""
    speaker: str | None = None
    """The incident that speaks to the public for this one too, empty where none does; None where nobody looked."""


def legal_words(incident: Incident, context: RuleContext) -> str:
    """Return one sentence that names the calls that are legal now."""
    calls = [step.call for step in next_calls(incident, context.policy, context.now)]
    return f"Legal now: {', '.join([*calls, 'incident_status'])}."


def require_order(incident: Incident, call: str, context: RuleContext) -> None:
    """Refuse a call that is not legal in this phase."""
    if call not in listed_calls(incident):
        raise Refused(
            "out_of_order", f"`{call}` is not legal in phase {incident.phase}.", legal_words(incident, context)
        )
    if why := objection(incident, call, context.policy, context.now):
        raise Refused("out_of_order", f"`{call}` is not legal yet. {why}", legal_words(incident, context))


def require_phase(incident: Incident, phase: Phase, context: RuleContext, what: str) -> None:
    """Refuse what one phase alone allows; several steps share the call `rollback`."""
    if incident.phase is not phase:
        raise Refused("out_of_order", f"{what} in phase {incident.phase}.", legal_words(incident, context))


def require_channel(incident: Incident, channel: Through, context: RuleContext) -> None:
    """Refuse a channel that policy does not let count for this severity; what is signed in advance counts as signed."""
    approval = context.policy.approval
    allowed = counting(incident, approval)
    if channel == "standing" and not approval.standing:
        raise Refused("standing_off", "Policy does not accept standing approvals.", "Ask a person.")
    if ("signed" if channel == "standing" else channel) not in allowed:
        raise Refused(
            "channel",
            f"Approval through {channel} does not count for {_judged(incident)} on {context.target.name}.",
            what_counts(incident, approval),
        )


def _judged(incident: Incident) -> str:
    healthy = incident.plan is not None and incident.plan.healthy
    return "a rollback of healthy production" if healthy else judged_words(incident)


def what_counts(incident: Incident, policy: ApprovalPolicy) -> str:
    """Return one sentence on how a person can approve so that it counts for this incident."""
    allowed = counting(incident, policy)
    how = {
        "signed": f"sign it: flightrules approve {incident.id} --key PATH" if policy.allowed_signers else "",
        "cli": f"type the plan's digest at a terminal: flightrules approve {incident.id}",
        "elicitation": "answer in a client that can ask you (MCP elicitation)",
    }
    said = [f"{how[name]} ({name})" for name in allowed if how[name]]
    return f"What counts: {'; or '.join(said) or 'signatures, but no allowed_signers is set'}."


def require_person(context: RuleContext, what: str, how: str) -> None:
    """Refuse what only a person may do to anybody else."""
    if context.actor.kind is not ActorKind.PERSON:
        raise Refused("person_only", f"Only a person may {what}.", f"Ask your user to run: {how}")
