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
from flightrules.service.desk import Desk
from flightrules.service.performing import framed
from flightrules.service.reading import read_again
from flightrules.service.rollback.under_way import another
from flightrules.service.turn import Call, Errand
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
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.rules.ground import require_order
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

    answer: a.Answer[a.RollbackSeen]


async def prepare(desk: Desk, call: Call | Errand) -> Question | Nothing | Stop:
    """Make or find the plan and say what to ask; safe to repeat, the same plan gives the same question."""
    prepared = await framed(desk, without_key(desk, call), lambda errand: _prepared(desk, errand))
    return Stop(answer=prepared) if isinstance(prepared, a.Answer) else prepared


def without_key(desk: Desk, call: Call | Errand) -> Errand:
    """A rollback call on its way. A key could be refused as another call's after the rollback ran, so none is taken."""
    return call if isinstance(call, Errand) else desk.errand(replace(call, key=""))


async def _prepared(desk: Desk, errand: Errand) -> Question | Nothing:
    incident, actor = await desk.read(errand), errand.call.actor
    if incident.phase is not Phase.DECIDED or approved(desk, incident):
        return Nothing()
    if await asks_for_the_end(desk, errand, incident):
        return Nothing()
    require_order(incident, "rollback", desk.ground(incident, actor, desk.clock.now()))
    if await another(desk, errand, incident):
        return Nothing()
    if incident.plan is None or incident.plan_policy != settings_digest(desk, incident):
        incident = await _propose(desk, errand, incident)
    incident = await in_advance.used_where_it_covers(desk, errand, incident)
    return Nothing() if approved(desk, incident) else _question(desk, errand.call, incident)


async def another_instead(desk: Desk, errand: Errand, incident: Incident) -> str:
    """The other incident whose rollback of the same target this call waits for; empty where it goes its own way."""
    if incident.phase is not Phase.DECIDED or _out_of_order(desk, errand.call, incident):
        return ""  # it is told where the call goes its own way
    return await another(desk, errand, incident)


async def asks_for_the_end(desk: Desk, errand: Errand, incident: Incident) -> bool:
    """Return True if a call that can start nothing follows a rollback that ended since its caller was last told of it.

    A caller who was told the end, or had no part in it, asks for another rollback, out of order.
    """
    if not incident.rollback_outcome or not _out_of_order(desk, errand.call, incident):
        return False
    records = await desk.log_of(incident)
    start = max(number for number, record in enumerate(records) if record.kind == e.RollbackStarted.kind)
    return follows(records[start:], errand.call.actor)


def _out_of_order(desk: Desk, call: Call, incident: Incident) -> bool:
    try:
        require_order(incident, "rollback", desk.ground(incident, call.actor, desk.clock.now()))
    except Refused:
        return True
    return False


def settings_digest(desk: Desk, incident: Incident) -> str:
    """The digest of the settings that a plan made now would be made under."""
    site = desk.site(incident.target)
    return policy_digest(site.policy, site.target)


def approved(desk: Desk, incident: Incident) -> bool:
    """Return True if nothing is lacking for the plan to be started."""
    policy = desk.site(incident.target).policy.approval
    return incident.plan is not None and not lacking(incident, policy, desk.clock.now())


async def _propose(desk: Desk, errand: Errand, incident: Incident) -> Incident:
    call = errand.call
    good = incident.chosen or next(iter(_candidates(desk, call, incident)), None)
    site = desk.site(incident.target)
    hosts = [name for name in site.target.service_hosts if name not in incident.left_out]
    findings, surveys = await read_all(desk, incident, hosts, good.release, trial=True) if good else ((), ())
    meanwhile = await desk.read(errand)
    if meanwhile.plan is not None and meanwhile.plan_policy == settings_digest(desk, meanwhile):
        return meanwhile  # another call planned while the hosts were read, and its plan may be before a person already
    command = c.ProposePlan(plan_id=desk.ids.new("PLAN"), surveys=surveys, findings=findings, requester=call.account)
    try:
        after, _ = await desk.apply(errand, command)
    except Refused:
        await desk.apply(errand, c.NoteSurveys(surveys=surveys, findings=findings))
        raise
    return after


def _candidates(desk: Desk, call: Call, incident: Incident) -> tuple[GoodRelease, ...]:
    return candidates_of(incident, desk.ground(incident, call.actor, desk.clock.now()))


async def read_all(
    desk: Desk, incident: Incident, hosts: Sequence[str], release: str, *, trial: bool = False
) -> tuple[tuple[Finding, ...], tuple[Survey, ...]]:
    """Read all hosts, and whether production is healthy.

    For a plan that is read last, since a host may fetch for a minute. For a start both are read at the same time: a
    person has said yes and waits, and hosts have the release.
    """
    if trial:
        surveys = await read_hosts(desk, incident, hosts, release, trial=True)
        return await read_again(desk, incident.target), surveys
    reading = asyncio.ensure_future(read_again(desk, incident.target))
    try:
        surveys = await read_hosts(desk, incident, hosts, release)
        return await reading, surveys
    finally:
        reading.cancel()


async def read_hosts(
    desk: Desk, incident: Incident, hosts: Sequence[str], release: str, *, trial: bool = False
) -> tuple[Survey, ...]:
    """Read all hosts at once; one that cannot be read is named, and left out by a person's word only."""
    production = desk.site(incident.target).production
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


def _question(desk: Desk, call: Call, incident: Incident) -> Question:
    plan = incident.plan
    if plan is None:
        raise Refused("no_plan", "There is no plan.", "Call `rollback` again.")
    policy = desk.site(incident.target).policy.approval
    counts = "elicitation" in counting(incident, policy) and _may_answer(desk, call, incident)
    client = call.actor.name
    return Question(
        plan=plan.id,
        intent=plan.intent,
        review=plan.review,
        text=approval_review(plan),
        acknowledge=plan.acknowledge,
        elicitation_counts=counts,
        asks=may_be_asked(incident, client),
        overdue=is_overdue(incident, client, desk.clock.now()),
    )


def _may_answer(desk: Desk, call: Call, incident: Incident) -> bool:
    """Return True if it is worth asking through this client.

    Whoever asked for the plan is not asked if another person must answer, and nobody is asked twice.
    """
    policy = desk.site(incident.target).policy.approval
    own = policy.requester_must_differ and person_of(call.account) == person_of(incident.requester)
    answered = [approval.account for approval in holding(incident, desk.clock.now())]
    return not own and (not call.account or call.account not in answered)
