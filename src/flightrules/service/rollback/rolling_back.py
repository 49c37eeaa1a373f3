"""Plan, approval and start of a rollback, up to the moment in which a follower takes over.

Knows: the order plan, ask, approve, survey again, start; that a person's answer names the plan they were shown.
Must not know: how a person is asked (faces), what voids an approval (rules), how a host runs a step (ports).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from flightrules.errors import Conflict, Refused, Unavailable
from flightrules.service import answers as a
from flightrules.service.approval import in_advance
from flightrules.service.desk import TRIES, Desk
from flightrules.service.turn import Call, Errand
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import holding, lacking, named, person_of
from flightrules.state.following import follows
from flightrules.state.incident import Incident
from flightrules.state.log import Actor
from flightrules.state.operation import Survey
from flightrules.state.plan import Plan
from flightrules.state.releases import GoodRelease
from flightrules.state.rules.approving import policy_digest
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.rules.ground import require_order
from flightrules.state.vocabulary import ActorKind, Phase, Severity
from flightrules.templates.render import approval_review


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person must be asked before a rollback may start."""

    plan: str
    intent: str
    review: str
    text: str
    acknowledge: tuple[str, ...]
    elicitation_counts: bool
    """Whether policy lets an answer through the client count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nobody needs to be asked now: it runs, it is approved, or it is not legal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Asking is not possible; this is the answer to the call."""

    answer: a.Answer[a.RollbackSeen]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSaid:
    """What a person answered through a client."""

    verdict: Literal["yes", "no", "not_asked"] = "not_asked"
    question: Question | None = None
    approver: str = ""
    reason: str = ""
    acknowledged: bool = False


async def prepare(desk: Desk, call: Call) -> Question | Nothing | Stop:
    """Make or find the plan and say what to ask; safe to repeat, the same plan gives the same question."""
    try:
        incident = await desk.incident(call.incident)
        if incident.phase is not Phase.DECIDED or _approved(desk, incident) or await asks_for_the_end(desk, call):
            return Nothing()
        require_order(incident, "rollback", desk.ground(incident, call.actor, desk.clock.now()))
        if incident.plan is None or incident.plan_policy != _settings_digest(desk, incident):
            incident = await _propose(desk, call, incident)
        incident = await in_advance.used_where_it_covers(desk, call, incident)
        return Nothing() if _approved(desk, incident) else _question(desk, call, incident)
    except Refused as no:
        return Stop(answer=await desk.refuse(call, no))
    except Unavailable as failed:
        return Stop(answer=await desk.fail(call, failed))


async def asks_for_the_end(desk: Desk, call: Call) -> bool:
    """Whether a call that can start nothing follows a rollback that ended since its caller was last told of it.

    A caller who was told the end, or had no part in it, asks for another rollback, out of order.
    """
    incident = await desk.incident(call.incident)
    if not incident.rollback_outcome or not _out_of_order(desk, call, incident):
        return False
    records = await desk.records(incident.id)
    start = max(number for number, record in enumerate(records) if record.kind == e.RollbackStarted.kind)
    return follows(records[start:], call.actor)


def _out_of_order(desk: Desk, call: Call, incident: Incident) -> bool:
    try:
        require_order(incident, "rollback", desk.ground(incident, call.actor, desk.clock.now()))
    except Refused:
        return True
    return False


def _settings_digest(desk: Desk, incident: Incident) -> str:
    site = desk.site(incident.target)
    return policy_digest(site.policy, site.target)


def _approved(desk: Desk, incident: Incident) -> bool:
    policy = desk.site(incident.target).policy.approval
    return incident.plan is not None and not lacking(incident, policy, desk.clock.now())


async def _propose(desk: Desk, call: Call, incident: Incident) -> Incident:
    good = incident.chosen or next(iter(_candidates(desk, call, incident)), None)
    site = desk.site(incident.target)
    hosts = [name for name in site.target.service_hosts if name not in incident.left_out]
    surveys = await _surveys(desk, incident, hosts, good.release) if good else ()
    meanwhile = await desk.incident(incident.id)
    if meanwhile.plan is not None and meanwhile.plan_policy == _settings_digest(desk, meanwhile):
        return meanwhile  # another call planned while the hosts were read, and its plan may be before a person already
    command = c.ProposePlan(plan_id=desk.ids.new("PLAN"), surveys=surveys, requester=call.account)
    try:
        after, _ = await desk.apply(_midway(desk, call), command)
    except Refused:
        await desk.apply(_midway(desk, call), c.NoteSurveys(surveys=surveys))
        raise
    return after


def _candidates(desk: Desk, call: Call, incident: Incident) -> tuple[GoodRelease, ...]:
    return candidates_of(incident, desk.ground(incident, call.actor, desk.clock.now()))


async def _surveys(desk: Desk, incident: Incident, hosts: Sequence[str], release: str) -> tuple[Survey, ...]:
    """Read all hosts at once; one that cannot be read is named, and left out by a person's word only."""
    production = desk.site(incident.target).production
    read = await asyncio.gather(*(production.survey(host, release) for host in hosts), return_exceptions=True)
    failed = {host: found for host, found in zip(hosts, read, strict=True) if isinstance(found, BaseException)}
    for found in failed.values():
        if not isinstance(found, Unavailable) or len(hosts) == 1:
            raise found
    if failed:
        named = "; ".join(f"{host} ({found})" for host, found in failed.items())
        without = " ".join(f"--without {host}" for host in failed)
        way_out = f"flightrules decide {incident.id} rollback {without} --reason TEXT"
        raise Refused("host_unreachable", f"Cannot be read: {named}.", f"A person may leave them out: {way_out}")
    return tuple(found for found in read if isinstance(found, Survey))


def _question(desk: Desk, call: Call, incident: Incident) -> Question:
    plan = incident.plan
    if plan is None:
        raise Refused("no_plan", "There is no plan.", "Call `rollback` again.")
    policy = desk.site(incident.target).policy.approval
    channels = policy.channels.of(incident.severity or Severity.P1)
    return Question(
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        text=approval_review(plan),
        acknowledge=plan.acknowledge,
        elicitation_counts="elicitation" in channels and _may_answer(desk, call, incident),
    )


def _may_answer(desk: Desk, call: Call, incident: Incident) -> bool:
    """Whether it is worth asking through this client: not whoever asked where another must, nobody twice."""
    policy = desk.site(incident.target).policy.approval
    own = policy.requester_must_differ and person_of(call.account) == person_of(incident.requester)
    answered = [approval.account for approval in holding(incident, desk.clock.now())]
    return not own and (not call.account or call.account not in answered)


async def proceed(desk: Desk, call: Call, said: PersonSaid) -> a.Answer[a.RollbackSeen] | None:
    """Take what a person said and start the rollback if it is approved.

    Gives an answer where the call ends here, or None where a rollback runs and is to be followed.
    """
    try:
        incident = await desk.incident(call.incident)
        if incident.phase is Phase.ROLLING_BACK:
            return None
        if said.verdict == "no":
            return await _reject(desk, call, said)
        if said.verdict == "yes" and not _approved(desk, incident):
            await _approve(desk, call, said)
        return await _start(desk, call, await desk.incident(call.incident))
    except Refused as no:
        return await desk.refuse(call, no)
    except Unavailable as failed:
        return await desk.fail(call, failed)


async def _reject(desk: Desk, call: Call, said: PersonSaid) -> a.Answer[a.RollbackSeen]:
    person = _as_person(call, said.approver)
    command = c.Reject(approver=said.approver, channel="elicitation", reason=said.reason)
    rejected = await desk.apply(_midway(desk, person), command)
    result = a.RollbackSeen(state="rejected", tell_user="The plan is withdrawn.")
    after, _ = rejected
    why = _rejected(after.rejection) if after.rejection else "A person rejected the plan."
    return await _told(desk, call, f"{why} Nothing was changed.", result)


def _rejected(no: e.ApprovalRejected) -> str:
    return f"A person rejected the plan: {no.reason.rstrip('.')}."


async def _approve(desk: Desk, call: Call, said: PersonSaid) -> None:
    question = said.question
    if question is None:
        raise Refused("no_plan", "There was no plan to approve.", "Call `rollback` again.")
    command = c.Approve(
        approval_id=desk.ids.new("APPR"),
        approver=said.approver,
        channel="elicitation",
        intent=question.intent,
        review=question.review,
        acknowledged=said.acknowledged,
        account=call.account,
    )
    try:
        await desk.apply(_midway(desk, _as_person(call, said.approver)), command)
    except Refused:
        after = await desk.incident(call.incident)
        if not _approved(desk, after) and after.phase is not Phase.ROLLING_BACK:
            raise  # else another yes to this plan was faster, and one is enough


def _midway(desk: Desk, call: Call) -> Errand:
    """An errand whose call is recorded with its answer at the end, not with each part."""
    return replace(desk.errand(call), recorded=True)


def _as_person(call: Call, name: str) -> Call:
    actor = Actor(kind=ActorKind.PERSON, name=name, face=call.actor.face)
    return replace(call, actor=actor, key="")


async def _start(desk: Desk, call: Call, incident: Incident) -> a.Answer[a.RollbackSeen] | None:
    if incident.phase is Phase.ROLLING_BACK:
        return None
    require_order(incident, "rollback", desk.ground(incident, call.actor, desk.clock.now()))
    plan = incident.plan
    if plan is None or not _approved(desk, incident):
        return await _awaiting(desk, call, incident)
    surveys = await _surveys(desk, incident, [host.host for host in plan.hosts], plan.to_release)
    try:
        after, events = await _started(desk, call, surveys)
    except Refused:
        if (await desk.incident(call.incident)).phase is Phase.ROLLING_BACK:
            return None  # another call was faster: follow what it started
        raise
    if after.phase is Phase.ROLLING_BACK:
        return None
    return await _void(desk, call, events)


async def _started(desk: Desk, call: Call, surveys: tuple[Survey, ...]) -> tuple[Incident, Sequence[e.Event]]:
    """Start in one transaction with the record that each approval, standing ones too, is used."""
    for _ in range(TRIES):
        incident = await desk.incident(call.incident)
        grounds = await in_advance.verified_again(desk, incident)
        command = c.StartRollback(surveys=surveys, signatures=grounds.signatures)
        errand = replace(_midway(desk, call), expected=grounds.expected)
        try:
            return await desk.apply(errand, command, in_advance.uses(incident))
        except Conflict:
            continue
    raise Unavailable("the log", "other processes keep writing to this target", "Call again in a moment.")


async def _void(desk: Desk, call: Call, events: Sequence[e.Event]) -> a.Answer[a.RollbackSeen]:
    why = next(event.why for event in events if isinstance(event, e.PlanDropped))
    says = f"The approval is void: {why}. Nothing was changed. Call `rollback` again for a new plan."
    return await _told(desk, call, says, a.RollbackSeen(state="plan_void"))


async def _awaiting(desk: Desk, call: Call, incident: Incident) -> a.Answer[a.RollbackSeen]:
    plan = incident.plan
    if plan is None:
        raise Refused("no_plan", "There is no plan to approve.", "Call `rollback` again.")
    tell = _tell(desk, incident, plan)
    result = a.RollbackSeen(
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
    return await _told(desk, call, says, result)


async def how_to_approve(desk: Desk, incident_id: str) -> str:
    """What a person can do for the plan that waits for them; empty where none waits."""
    incident = await desk.incident(incident_id)
    if incident.plan is None or incident.phase is not Phase.DECIDED:
        return ""
    if incident.plan_policy != _settings_digest(desk, incident):
        return "The settings changed after the plan was made: have the agent call `rollback` for another one"
    policy = desk.site(incident.target).policy.approval
    return _tell(desk, incident, incident.plan) if lacking(incident, policy, desk.clock.now()) else ""


def _tell(desk: Desk, incident: Incident, plan: Plan) -> str:
    """Where a person can approve this plan: only through a channel that counts."""
    policy = desk.site(incident.target).policy.approval
    channels = policy.channels.of(incident.severity or Severity.P1)
    given = holding(incident, desk.clock.now())
    already = f"{named(given)} approved; {policy.approvers} different people must. " if given else ""
    if "cli" in channels:
        return f"{already}Review and approve in a terminal: flightrules approve {incident.id}   (digest {plan.short})"
    if "signed" in channels and policy.allowed_signers:
        return f"{already}Review and sign in a terminal: flightrules approve {incident.id} --key PATH"
    return f"{already}Approve in a client that can ask you (MCP elicitation): policy lets no terminal approve this."


async def _told(desk: Desk, call: Call, says: str, result: a.RollbackSeen) -> a.Answer[a.RollbackSeen]:
    """Record the call with its answer, where its events stand in the log already."""
    return await desk.take(call, c.Tick(), lambda _incident, _events: (says, result))
