"""Approval and start of a rollback, up to the moment in which a follower takes over.

Knows: the order approve, survey again, start; that a person's answer names the plan they were shown.
Must not know: how a person is asked (faces), what voids an approval (rules), how a host runs a step (ports).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flightrules.errors import Conflict, Refused, Unavailable
from flightrules.service import answers as a
from flightrules.service.approval import in_advance
from flightrules.service.incident_service import TRIES, IncidentService
from flightrules.service.invocation import Call, Invocation, OtherStreams
from flightrules.service.rollback.planning import Question, approved, read_all, settings_digest
from flightrules.service.rollback.under_way import another_in, began, rollbacks_stream
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import holding, lacking, named
from flightrules.state.channels import counting
from flightrules.state.evidence import Finding
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.operation import Survey
from flightrules.state.plan import Plan
from flightrules.state.policy import Channel
from flightrules.state.rules.asking import FORM_S, waited_s
from flightrules.state.rules.context import require_order
from flightrules.state.vocabulary import ActorKind, Phase
from flightrules.templates.render import approval_review


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSaid:
    """Answer that a person gave through a client."""

    verdict: Literal["yes", "no", "not_asked", "declined", "unanswered", "not_shown"] = "not_asked"
    question: Question | None = None
    approver: str = ""
    reason: str = ""
    acknowledged: bool = False
    seconds: float | None = None
    """Seconds that the client had a form that came to nothing; None if the log knows since when it has it."""


FORM_NOT_SHOWN = Refused(
    "form_not_shown",
    "Your client could not put the form before your user, or returned an invalid answer. "
    "Nothing is approved, and nothing runs.",
    "Ask your user to run `flightrules approve` with this incident in a terminal, then call `rollback` again.",
)


async def proceed(
    incidents: IncidentService, invocation: Invocation, incident: Incident, said: PersonSaid
) -> a.Answer[a.RollbackResult] | None:
    """Take what a person said and start the rollback if it is approved.

    Gives an answer where the call ends here, or None where a rollback runs and is to be followed.
    """
    if incident.phase is Phase.ROLLING_BACK:
        return None
    if said.verdict == "no":
        return await _reject(incidents, invocation, said)
    if said.verdict == "yes" and not approved(incidents, incident):
        await _approve(incidents, invocation, said)
    elif said.verdict in ("declined", "unanswered", "not_shown") and not approved(incidents, incident):
        await _close_form(incidents, invocation, said, said.verdict)
    return await _start(incidents, invocation, await incidents.read(invocation))


async def _close_form(incidents: IncidentService, invocation: Invocation, said: PersonSaid, how: e.Closing) -> None:
    """Record that a form came to nothing. Raises `Refused` where the client could not show it."""
    if said.question is not None:
        call, client = invocation.call, invocation.call.actor.name
        waited = (
            said.seconds if said.seconds is not None else waited_s(invocation.incident, client, incidents.clock.now())
        )
        command = c.CloseForm(
            plan=said.question.plan,
            client=client,
            account=call.account,
            how=how,
            seconds=FORM_S if waited is None else waited,
            verdict=said.verdict if said.verdict in ("yes", "no") else "",
            approver=said.approver,
            acknowledged=said.acknowledged,
            reason=said.reason,
        )
        await incidents.apply(invocation, command, quiet=True)
    if how == "not_shown":
        raise FORM_NOT_SHOWN


async def _reject(incidents: IncidentService, invocation: Invocation, said: PersonSaid) -> a.Answer[a.RollbackResult]:
    command = c.Reject(approver=said.approver, channel="elicitation", reason=said.reason)
    try:
        after, _ = await incidents.apply(invocation, command, by=_as_person(invocation.call, said.approver))
    except Refused:
        await _close_form(incidents, invocation, said, "answered")
        raise
    result = a.RollbackResult(state="rejected", tell_user="The plan is withdrawn.")
    why = _rejected(after.rejection) if after.rejection else "A person rejected the plan."
    return await _told(incidents, invocation, f"{why} Nothing was changed.", result)


def _rejected(no: e.ApprovalRejected) -> str:
    return f"A person rejected the plan: {no.reason.rstrip('.')}."


async def _approve(incidents: IncidentService, invocation: Invocation, said: PersonSaid) -> None:
    question, call, read = said.question, invocation.call, len(invocation.reads)
    if question is None:
        raise Refused("no_plan", "There was no plan to approve.", "Call `rollback` again.")
    command = c.Approve(
        approval_id=incidents.ids.new("APPR"),
        approver=said.approver,
        channel="elicitation",
        intent=question.intent,
        review=question.review,
        acknowledged=said.acknowledged,
        account=call.account,
        client=call.actor.name,
    )
    try:
        await incidents.apply(invocation, command, by=_as_person(call, said.approver))
    except Refused:
        after = await incidents.read(invocation)
        if not approved(incidents, after) and after.phase is not Phase.ROLLING_BACK:
            await _close_form(incidents, invocation, said, "answered")
            raise
        del invocation.reads[read:]  # another yes to this plan was faster, and one is enough


def _as_person(call: Call, name: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, name=name, face=call.actor.face)


async def _start(
    incidents: IncidentService, invocation: Invocation, incident: Incident
) -> a.Answer[a.RollbackResult] | None:
    if incident.phase is Phase.ROLLING_BACK:
        return None
    require_order(incident, "rollback", incidents.context(incident, invocation.call.actor, incidents.clock.now()))
    plan = incident.plan
    if plan is None or not approved(incidents, incident):
        return await _awaiting(incidents, invocation, incident)
    findings, surveys = await read_all(incidents, incident, [host.host for host in plan.hosts], plan.to_release)
    try:
        after, events = await _started(incidents, invocation, findings, surveys)
    except Refused:
        if (await incidents.read(invocation)).phase is Phase.ROLLING_BACK:
            return None  # another call was faster: follow what it started
        raise
    if after.phase is Phase.ROLLING_BACK:
        return None
    return await _void(incidents, invocation, events)


async def _started(
    incidents: IncidentService, invocation: Invocation, findings: tuple[Finding, ...], surveys: tuple[Survey, ...]
) -> tuple[Incident, Sequence[e.Event]]:
    """Start in one transaction with the record that each approval, standing ones too, is used."""
    read = len(invocation.reads)
    for _ in range(TRIES):
        incident = await incidents.read(invocation)
        grounds = await in_advance.verified_again(incidents, invocation, incident)
        stream = rollbacks_stream(incident.target)
        records = await incidents.read_beside(invocation, stream)
        if other := another_in(records, incident):
            raise busy(incident, other)
        expected = {**grounds.expected, stream: records[-1].version if records else 0}
        command = c.StartRollback(surveys=surveys, findings=findings, signatures=grounds.signatures)
        try:
            return await incidents.apply(
                invocation, command, _both(in_advance.uses(incident), began), expected=expected
            )
        except Conflict:
            del invocation.reads[read:]  # nothing came of it: all is read again
    raise Unavailable("the log", "other processes keep writing to this target", "Call again in a moment.")


def _both(one: OtherStreams, other: OtherStreams) -> OtherStreams:
    return lambda after, news: [*one(after, news), *other(after, news)]


def busy(incident: Incident, other: str) -> Refused:
    """The refusal of a start while another incident rolls the target back."""
    why = f"Incident {other} is rolling {incident.target} back now; nothing was started for {incident.id}."
    return Refused("target_busy", why, "Call `rollback` again: it waits for that one, then makes a new plan.")


async def attached(incidents: IncidentService, invocation: Invocation, other: str) -> a.Answer[a.RollbackResult]:
    """The answer of a call that waited for another incident's rollback of its target."""
    says = (
        f"Incident {other} was rolling the same target back; nothing was started here. "
        "Call `rollback` again: once that one is over, production is read again and a new plan is made."
    )
    return await _told(incidents, invocation, says, a.RollbackResult(state="attached"))


async def _void(
    incidents: IncidentService, invocation: Invocation, events: Sequence[e.Event]
) -> a.Answer[a.RollbackResult]:
    why = next(event.why for event in events if isinstance(event, e.PlanDropped))
    says = f"The approval is void: {why}. Nothing was changed. Call `rollback` again for a new plan."
    return await _told(incidents, invocation, says, a.RollbackResult(state="plan_void"))


async def _awaiting(
    incidents: IncidentService, invocation: Invocation, incident: Incident
) -> a.Answer[a.RollbackResult]:
    plan = incident.plan
    if plan is None:
        raise Refused("no_plan", "There is no plan to approve.", "Call `rollback` again.")
    tell = _tell(incidents, incident, plan)
    result = a.RollbackResult(
        state="awaiting_approval",
        plan=plan.id,
        digest=plan.short,
        from_release=plan.from_release,
        to_release=plan.to_release,
        review=approval_review(plan),
        tell_user=tell,
    )
    before = f"{_rejected(incident.rejection)} This is another plan. " if incident.rejection else ""
    says = f"{before}A person must approve plan {plan.id} first. Tell your user: {tell} Then call `rollback` again."
    return await _told(incidents, invocation, says, result)


async def how_to_approve(incidents: IncidentService, incident_id: str) -> str:
    """Return what a person can do for the plan that waits for them; empty if none waits."""
    incident = await incidents.incident(incident_id)
    if incident.plan is None or incident.phase is not Phase.DECIDED:
        return ""
    if incident.plan_policy != settings_digest(incidents, incident):
        return "The settings changed after the plan was made: have the agent call `rollback` for another one"
    policy = incidents.managed(incident.target).policy.approval
    return _tell(incidents, incident, incident.plan) if lacking(incident, policy, incidents.clock.now()) else ""


def _tell(incidents: IncidentService, incident: Incident, plan: Plan) -> str:
    """Tell where a person can approve this plan: only through a channel that counts."""
    policy = incidents.managed(incident.target).policy.approval
    channels = counting(incident, policy)
    given = holding(incident, incidents.clock.now())
    already = f"{named(given)} approved; {policy.approvers} different people must. " if given else ""
    signs = "signed" in channels and bool(policy.allowed_signers)
    page = incidents.page_of(incident.id)
    also = f" Or on the approval page: {page}" if page else ""
    return f"{already}{_way(incident, plan, channels, signs=signs)}{also}"


def _way(incident: Incident, plan: Plan, channels: Sequence[Channel], *, signs: bool) -> str:
    if "cli" in channels:
        how = f"Review and approve in a terminal: flightrules approve {incident.id}   (digest {plan.short})"
        return f"{how}{' or, to sign it, with --key PATH' if signs else ''}"
    if signs:
        return f"Review and sign in a terminal: flightrules approve {incident.id} --key PATH"
    return "Approve in a client that can ask you (MCP elicitation): policy lets no terminal approve this."


async def _told(
    incidents: IncidentService, invocation: Invocation, says: str, result: a.RollbackResult
) -> a.Answer[a.RollbackResult]:
    """Record the answer to the call."""
    return await incidents.finish(invocation, c.Tick(), lambda _incident, _events: (says, result))
