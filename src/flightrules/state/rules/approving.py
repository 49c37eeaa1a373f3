"""Plan and approval: the question, and the conditions of a valid approval (docs/incident-protocol.md#rollback).

Knows: that an approval names one exact plan, works once, expires, and dies when the world moves.
Must not know: how a person was asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import holding, is_requester, lacking, named, people, same_person
from flightrules.state.canonical import digest
from flightrules.state.fold import stepped
from flightrules.state.incident import Incident
from flightrules.state.plan import Plan, make_plan, same_world
from flightrules.state.policy import Policy
from flightrules.state.rules.assessing import reading
from flightrules.state.rules.context import RuleContext, require_channel, require_person, require_phase
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.rules.signing import require_hardware, signed_until
from flightrules.state.rules.using import no_longer_counts
from flightrules.state.seen_now import seen_now
from flightrules.state.target import Target
from flightrules.state.value import keep_newest
from flightrules.state.vocabulary import Phase


def policy_digest(policy: Policy, target: Target) -> str:
    """Return the digest of the settings, which an approval keeps of the settings it was given under."""
    return keep_newest(
        policy,
        "digest",
        target,
        lambda: digest({"policy": policy.model_dump(mode="json"), "target": target.model_dump(mode="json")}),
    )


def propose_plan(incident: Incident, command: c.ProposePlan, context: RuleContext) -> list[e.Event]:
    """Make the plan from what the hosts show now."""
    require_phase(incident, Phase.DECIDED, context, "No plan can be made")
    read = _read(command, context)
    incident = stepped(incident, read, at=context.now)
    good = incident.chosen or next(iter(candidates_of(incident, context)), None)
    if good is None:
        raise Refused(
            "no_good_release",
            "No release is known to be good, and a plan is never a guess.",
            f"A person may name one: flightrules decide {incident.id} rollback --to SHA --reason TEXT",
        )
    plan = make_plan(
        plan_id=command.plan_id,
        incident=incident.id,
        target=context.target,
        surveys=command.surveys,
        good=good,
        left_out=incident.left_out,
        healthy=incident.healthy and bool(command.findings),
        doubts=incident.doubts,
        seen=seen_now(incident, command.findings),
    )
    proposed = e.PlanProposed(
        plan=plan,
        intent=plan.intent,
        review=plan.review,
        policy=policy_digest(context.policy, context.target),
        requester=command.requester,
    )
    return [*read, proposed]


def _read(command: c.ProposePlan | c.NoteSurveys | c.StartRollback, context: RuleContext) -> list[e.Event]:
    """Return the events that record what was read of production and of its hosts at this moment."""
    return [*reading(command.findings, context), *(e.SurveyRead(survey=survey) for survey in command.surveys)]


def note_surveys(_incident: Incident, command: c.NoteSurveys, context: RuleContext) -> list[e.Event]:
    """Keep what was read of the hosts, so that the log shows what a refused plan was refused for."""
    return _read(command, context)


def approve(incident: Incident, command: c.Approve, context: RuleContext) -> list[e.Event]:
    """Take a person's yes, if it is for this plan, through a channel that counts."""
    plan = _askable(incident, command, context)
    until = context.now + timedelta(minutes=context.policy.approval.expires_minutes)
    if command.channel == "signed":
        until = signed_until(incident, plan, command, context)
    granted = _granted(plan, command, until)
    require_another(incident, granted, context)
    _require_acknowledged(plan, command)
    return [granted]


def require_askable(incident: Incident, command: c.Approve, context: RuleContext) -> None:
    """Refuse a yes that could not count, before anybody is asked for it.

    A `signed` of the command says by whose key it would be; nothing is signed yet.
    """
    plan = _askable(incident, command, context)
    if command.signed:
        require_hardware(command.signed, context.policy.approval)
    require_another(incident, _granted(plan, command, context.now), context)
    _require_acknowledged(plan, command)


def _askable(incident: Incident, command: c.Approve, context: RuleContext) -> Plan:
    """The plan that waits for this yes."""
    require_person(context, "approve", f"flightrules approve {incident.id}")
    plan = _pending(incident)
    if not command.approver.strip():
        raise Refused("approver_missing", "The name of the approver is missing.", "Give the name of the approver.")
    if (command.intent, command.review) != (plan.intent, plan.review):
        raise Refused("other_plan", "That approval is for another plan.", "Review the plan that is proposed now.")
    if not lacking(incident, context.policy.approval, context.now):
        raise Refused("already_approved", "The plan is already approved.", "The agent may call `rollback` now.")
    if policy_digest(context.policy, context.target) != incident.plan_policy:
        raise Refused(
            "policy_changed",
            "The settings changed after this plan was made, so an approval of it would be void.",
            "Have the agent call `rollback`: it makes a new plan, and asks for that one.",
        )
    require_channel(incident, command.channel, context)
    return plan


def _require_acknowledged(plan: Plan, command: c.Approve) -> None:
    if plan.acknowledge and not command.acknowledged:
        points = f"The plan has points to acknowledge: {'; '.join(plan.acknowledge)}"
        raise Refused("not_acknowledged", points, "Acknowledge them in the form, or with --acknowledge.")


def _granted(plan: Plan, command: c.Approve, until: datetime) -> e.ApprovalGranted:
    return e.ApprovalGranted(
        id=command.approval_id,
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        approver=command.approver,
        channel=command.channel,
        until=until,
        acknowledged=command.acknowledged,
        account=command.account,
        signed=command.signed,
        client=command.client,
    )


def require_another(incident: Incident, granted: e.ApprovalGranted, context: RuleContext) -> None:
    """Refuse a second approval by one person, and one by whoever asked where policy wants another."""
    if context.policy.approval.requester_must_differ:
        if not incident.requester:
            raise Refused("requester", "It is not known whose agent asked for this plan.", "Ask for a new plan.")
        if is_requester(granted, incident.requester):
            raise Refused(
                "requester",
                f"{granted.approver} may be {incident.requester}, whose agent asked for this plan.",
                f"Another person must approve it: flightrules approve {incident.id} --key PATH",
            )
    if again := next((a for a in holding(incident, context.now) if same_person(a, granted)), None):
        raise Refused(
            "same_approver",
            f"{granted.approver} may be {again.approver}, who has approved the plan already.",
            f"{context.policy.approval.approvers} different people must approve it.",
        )


def _pending(incident: Incident) -> Plan:
    if incident.plan is None or incident.phase is not Phase.DECIDED:
        raise Refused(
            "no_plan",
            f"Incident {incident.id} has no plan that waits for approval (phase {incident.phase}).",
            "The agent proposes one by calling `rollback`.",
        )
    return incident.plan


def reject(incident: Incident, command: c.Reject, context: RuleContext) -> list[e.Event]:
    """Take a person's no; the plan is gone, the agent is told why."""
    require_person(context, "reject", f"flightrules reject {incident.id} --reason TEXT")
    plan = _pending(incident)
    if command.channel == "cli" and not command.reason.strip():
        raise Refused("reason_missing", "Rejecting needs a reason; the agent gets it.", "Give one with --reason.")
    reason = command.reason.strip() or "no reason given"
    return [e.ApprovalRejected(plan=plan.id, approver=command.approver, channel=command.channel, reason=reason)]


def start_rollback(incident: Incident, command: c.StartRollback, context: RuleContext) -> list[e.Event]:
    """Check everything again in the instant before the first step; what moved voids the approval."""
    require_phase(incident, Phase.DECIDED, context, "No rollback can be started")
    plan, needed = incident.plan, context.policy.approval.approvers
    if plan is None or not incident.approvals:
        raise Refused("not_approved", "No person has approved a plan.", f"flightrules approve {incident.id}")
    if all(approval.id in incident.approvals_spent for approval in incident.approvals):
        raise Refused("approval_spent", "That approval was used before; it works once.", "Ask for a new one.")
    if people(incident.approvals) < needed:
        asked = f"{named(incident.approvals)} approved; {needed} different people must."
        raise Refused("not_approved", asked, f"flightrules approve {incident.id} --key PATH")
    read = _read(command, context)
    incident = stepped(incident, read, at=context.now)
    if why := void_because(incident, plan, command, context):
        unheld = tuple((seen.approval, seen.why) for seen in command.signatures if seen.signed is None)
        return [*read, e.PlanDropped(plan=plan.id, why=why, unheld=unheld)]
    approvals = holding(incident, context.now)
    operations = tuple((operation.id, operation.host) for operation in plan.operations(who=named(approvals)))
    ids = tuple(approval.id for approval in approvals)
    asked_at = tuple((survey.host, survey.read_at or context.now) for survey in command.surveys)
    started = e.RollbackStarted(
        plan=plan.id, approval=ids[0], operations=operations, approvals=ids if ids[1:] else (), asked=asked_at
    )
    return [*read, started]


def void_because(incident: Incident, plan: Plan, command: c.StartRollback, context: RuleContext) -> str:
    """Return the reason that an approval no longer holds, in words; empty if it does."""
    if lacking(incident, context.policy.approval, context.now):
        until = min(approval.until for approval in incident.approvals)
        return f"the approval expired at {until:%H:%M:%S} UTC"
    if policy_digest(context.policy, context.target) != incident.plan_policy:
        return "the policy changed after the plan was shown"
    if why := no_longer_counts(incident, plan, holding(incident, context.now), command, context):
        return why
    if incident.healthy and command.findings and not plan.healthy:
        return "production is healthy now, which the plan does not say"
    before = {host.host: host.survey for host in plan.hosts}
    now = {survey.host: survey for survey in command.surveys}
    if missing := sorted(before.keys() - now.keys()):
        return f"not read again: {', '.join(missing)}"
    moved = [what for host in before for what in same_world(before[host], now[host])]
    moved += [f"head on {host}" for host in now.keys() - before.keys() if now[host].head != plan.to_release]
    return f"production moved after the plan was shown: {', '.join(moved)}" if moved else ""
