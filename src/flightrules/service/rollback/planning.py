"""The plan of a rollback, and what a person must be asked before it may start.

Knows: that hosts are read before a plan is made, and that the same plan gives the same question.
Must not know: how a person is asked (faces), what becomes of their answer (rolling_back.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flightrules.errors import Refused, Unavailable
from flightrules.service import answers as a
from flightrules.service.approval import in_advance
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, Invocation
from flightrules.service.performing import framed
from flightrules.service.reading import read_again
from flightrules.service.rollback.under_way import another
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import holding, lacking, person_of
from flightrules.state.channels import counting
from flightrules.state.evidence import Finding
from flightrules.state.following import follows
from flightrules.state.incident import Incident
from flightrules.state.operation import Survey
from flightrules.state.releases import GoodRelease
from flightrules.state.rules.approving import policy_digest
from flightrules.state.rules.asking import is_overdue, may_be_asked
from flightrules.state.rules.context import require_order
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.vocabulary import Phase
from flightrules.templates.render import approval_review


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Question that a person must be asked before a rollback may start."""

    plan: str
    intent: str
    review: str
    text: str
    acknowledge: tuple[str, ...]
    elicitation_counts: bool
    """True if policy lets an answer through the client count."""
    asks: bool = True
    """True if the client is asked at all: not after a form that it did not show."""
    overdue: bool = False
    """True if this client has the question already, and did not answer it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nobody needs to be asked now: it runs, it is approved, or it is not legal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Asking is not possible; this is the answer to the call."""

    answer: a.Answer[a.RollbackResult]


async def prepare(incidents: IncidentService, call: Call | Invocation) -> Question | Nothing | Stop:
    """Make or find the plan and say what to ask; safe to repeat, the same plan gives the same question."""
    prepared = await framed(
        incidents, without_key(incidents, call), lambda invocation: _prepared(incidents, invocation)
    )
    return Stop(answer=prepared) if isinstance(prepared, a.Answer) else prepared


def without_key(incidents: IncidentService, call: Call | Invocation) -> Invocation:
    """A rollback call on its way. A key could be refused as another call's after the rollback ran, so none is taken."""
    return call if isinstance(call, Invocation) else incidents.invocation(replace(call, key=""))


async def _prepared(incidents: IncidentService, invocation: Invocation) -> Question | Nothing:
    incident, actor = await incidents.read(invocation), invocation.call.actor
    if incident.phase is not Phase.DECIDED or approved(incidents, incident):
        return Nothing()
    if await asks_for_the_end(incidents, invocation, incident):
        return Nothing()
    require_order(incident, "rollback", incidents.context(incident, actor, incidents.clock.now()))
    if await another(incidents, invocation, incident):
        return Nothing()
    if incident.plan is None or incident.plan_policy != settings_digest(incidents, incident):
        incident = await _propose(incidents, invocation, incident)
    incident = await in_advance.used_where_it_covers(incidents, invocation, incident)
    return Nothing() if approved(incidents, incident) else _question(incidents, invocation.call, incident)


async def another_instead(incidents: IncidentService, invocation: Invocation, incident: Incident) -> str:
    """The other incident whose rollback of the same target this call waits for; empty where it goes its own way."""
    if incident.phase is not Phase.DECIDED or _out_of_order(incidents, invocation.call, incident):
        return ""  # it is told where the call goes its own way
    return await another(incidents, invocation, incident)


async def asks_for_the_end(incidents: IncidentService, invocation: Invocation, incident: Incident) -> bool:
    """Return True if a call that can start nothing follows a rollback that ended since its caller was last told of it.

    A caller who was told the end, or had no part in it, asks for another rollback, out of order.
    """
    if not incident.rollback_outcome or not _out_of_order(incidents, invocation.call, incident):
        return False
    records = await incidents.log_of(incident)
    start = max(number for number, record in enumerate(records) if record.kind == e.RollbackStarted.kind)
    return follows(records[start:], invocation.call.actor)


def _out_of_order(incidents: IncidentService, call: Call, incident: Incident) -> bool:
    try:
        require_order(incident, "rollback", incidents.context(incident, call.actor, incidents.clock.now()))
    except Refused:
        return True
    return False


def settings_digest(incidents: IncidentService, incident: Incident) -> str:
    """The digest of the settings that a plan made now would be made under."""
    managed = incidents.managed(incident.target)
    return policy_digest(managed.policy, managed.target)


def approved(incidents: IncidentService, incident: Incident) -> bool:
    """Return True if nothing is lacking for the plan to be started."""
    policy = incidents.managed(incident.target).policy.approval
    return incident.plan is not None and not lacking(incident, policy, incidents.clock.now())


async def _propose(incidents: IncidentService, invocation: Invocation, incident: Incident) -> Incident:
    call = invocation.call
    good = incident.chosen or next(iter(_candidates(incidents, call, incident)), None)
    managed = incidents.managed(incident.target)
    hosts = [name for name in managed.target.service_hosts if name not in incident.left_out]
    findings, surveys = await read_all(incidents, incident, hosts, good.release, trial=True) if good else ((), ())
    meanwhile = await incidents.read(invocation)
    if meanwhile.plan is not None and meanwhile.plan_policy == settings_digest(incidents, meanwhile):
        return meanwhile  # another call planned while the hosts were read, and its plan may be before a person already
    command = c.ProposePlan(
        plan_id=incidents.ids.new("PLAN"), surveys=surveys, findings=findings, requester=call.account
    )
    try:
        after, _ = await incidents.apply(invocation, command)
    except Refused:
        await incidents.apply(invocation, c.NoteSurveys(surveys=surveys, findings=findings))
        raise
    return after


def _candidates(incidents: IncidentService, call: Call, incident: Incident) -> tuple[GoodRelease, ...]:
    return candidates_of(incident, incidents.context(incident, call.actor, incidents.clock.now()))


async def read_all(
    incidents: IncidentService, incident: Incident, hosts: Sequence[str], release: str, *, trial: bool = False
) -> tuple[tuple[Finding, ...], tuple[Survey, ...]]:
    """Read all hosts, and whether production is healthy.

    For a plan that is read last, since a host may fetch for a minute. For a start both are read at the same time: a
    person has said yes and waits, and hosts have the release.
    """
    if trial:
        surveys = await read_hosts(incidents, incident, hosts, release, trial=True)
        return await read_again(incidents, incident.target), surveys
    reading = asyncio.ensure_future(read_again(incidents, incident.target))
    try:
        surveys = await read_hosts(incidents, incident, hosts, release)
        return await reading, surveys
    finally:
        reading.cancel()


async def read_hosts(
    incidents: IncidentService, incident: Incident, hosts: Sequence[str], release: str, *, trial: bool = False
) -> tuple[Survey, ...]:
    """Read all hosts at once; one that cannot be read is named, and left out by a person's word only."""
    production = incidents.managed(incident.target).production
    reading = (production.survey(host, release, trial=trial) for host in hosts)
    read = await asyncio.gather(*reading, return_exceptions=True)
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


def _question(incidents: IncidentService, call: Call, incident: Incident) -> Question:
    plan = incident.plan
    if plan is None:
        raise Refused("no_plan", "There is no plan.", "Call `rollback` again.")
    policy = incidents.managed(incident.target).policy.approval
    counts = "elicitation" in counting(incident, policy) and _may_answer(incidents, call, incident)
    client = call.actor.name
    return Question(
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        text=approval_review(plan),
        acknowledge=plan.acknowledge,
        elicitation_counts=counts,
        asks=may_be_asked(incident, client),
        overdue=is_overdue(incident, client, incidents.clock.now()),
    )


def _may_answer(incidents: IncidentService, call: Call, incident: Incident) -> bool:
    """Return True if it is worth asking through this client.

    Whoever asked for the plan is not asked if another person must answer, and nobody is asked twice.
    """
    policy = incidents.managed(incident.target).policy.approval
    own = policy.requester_must_differ and person_of(call.account) == person_of(incident.requester)
    answered = [approval.account for approval in holding(incident, incidents.clock.now())]
    return not own and (not call.account or call.account not in answered)
