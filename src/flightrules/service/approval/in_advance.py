"""Approvals signed in advance, and what every signature is worth at the moment it is used.

Knows: where standing approvals are kept (their target's stream), and that a use is recorded with the start it allows.
Must not know: what their terms mean (rules), nor how a signature is verified (ports).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flightrules.errors import Conflict, Refused, Unavailable
from flightrules.ports import Write
from flightrules.service import answers as a
from flightrules.service.incident_service import TRIES, IncidentService
from flightrules.service.invocation import Call, Invocation, OtherStreams
from flightrules.service.observing import target_stream
from flightrules.service.performing import framed
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.approvers import holding, lacking
from flightrules.state.incident import Incident
from flightrules.state.log import Recorded
from flightrules.state.rules.in_advance import PreApproval, require_signable, require_terms, standing_approvals
from flightrules.state.rules.signing import require_hardware
from flightrules.state.signing.statements import ApprovedInAdvance, Signed, read_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Facts on which the approvals of a plan rest at one moment."""

    signatures: tuple[c.SignatureSeen, ...] = ()
    expected: dict[str, int] = field(default_factory=dict)
    """The version of the target's stream by which standing approvals had uses left."""


def verified(incidents: IncidentService, target: str, message: str, signature: str, *, at: datetime) -> Signed:
    """Verify a signature by the target's signers, and return it with its signer.

    Raises `Refused` if it does not belong to anybody who counts.
    """
    signers = incidents.managed(target).signers
    if signers is None:
        raise Refused("no_signers", f"No signer is allowed for {target}.", "Set allowed_signers in the settings.")
    return signers.verify(message, signature, at=at)


async def verified_again(incidents: IncidentService, invocation: Invocation, incident: Incident) -> Grounds:
    """Verify each signature that the plan's approvals rest on now, and count what standing ones have left."""
    now, given = incidents.clock.now(), holding(incident, incidents.clock.now())
    stream = target_stream(incident.target)
    records = await incidents.read_beside(invocation, stream) if any(approval.standing for approval in given) else []
    left = {one.terms.id: one.left for one in standing_approvals(records)}
    seen = tuple(_seen(incidents, incident.target, approval, left, now) for approval in given if approval.signed)
    return Grounds(signatures=seen, expected={stream: _version(records)} if records else {})


def _seen(
    incidents: IncidentService, target: str, approval: e.ApprovalGranted, left: dict[str, int], now: datetime
) -> c.SignatureSeen:
    """Return what one approval's signature shows now; a standing approval without a use left does not hold."""
    if approval.standing and left.get(approval.standing, 0) < 1:
        why = f"standing approval {approval.standing} is used up or was revoked"
        return c.SignatureSeen(approval=approval.id, why=why)
    if approval.signed is None:
        return c.SignatureSeen(approval=approval.id, why="it is not signed")
    try:
        signed = verified(incidents, target, approval.signed.message, approval.signed.signature, at=now)
    except (Refused, Unavailable) as no:
        return c.SignatureSeen(approval=approval.id, why=str(no).rstrip("."))
    return c.SignatureSeen(approval=approval.id, signed=signed)


def _version(records: Sequence[Recorded]) -> int:
    return records[-1].version if records else 0


def uses(incident: Incident) -> OtherStreams:
    """The record, in the target's stream, that a rollback was started on standing approvals."""
    standing = {approval.id: approval.standing for approval in incident.approvals if approval.standing}

    def other_streams(after: Incident, events: Sequence[e.Event]) -> list[tuple[str, e.Event]]:
        started = next((event for event in events if isinstance(event, e.RollbackStarted)), None)
        if started is None:
            return []
        spent = {started.approval, *started.approvals}
        used = [name for approval, name in standing.items() if approval in spent]
        return [
            (target_stream(after.target), e.StandingUsed(id=name, incident=after.id, plan=started.plan))
            for name in used
        ]

    return other_streams


async def used_where_it_covers(incidents: IncidentService, invocation: Invocation, incident: Incident) -> Incident:
    """Let the first standing approval that covers the plan stand in for a person; else nothing changes."""
    policy = incidents.managed(incident.target).policy.approval
    if not policy.standing or not lacking(incident, policy, incidents.clock.now()):
        return incident
    for one in standing_approvals(await incidents.read_beside(invocation, target_stream(incident.target))):
        if one.left < 1 or one.terms.severity is not incident.severity:
            continue
        try:
            return await _granted(incidents, invocation, one)
        except (Refused, Unavailable):
            continue  # a person is asked instead, or another call was faster
    return await incidents.read(invocation)


async def _granted(incidents: IncidentService, invocation: Invocation, one: PreApproval) -> Incident:
    signed = verified(incidents, one.terms.target, one.signed.message, one.signed.signature, at=incidents.clock.now())
    command = c.ApproveInAdvance(
        approval_id=incidents.ids.new("APPR"), terms=one.terms, signed=signed, uses_left=one.left
    )
    after, _ = await incidents.apply(invocation, command)
    return after


async def refused_unsigned(
    incidents: IncidentService, call: Call, terms: ApprovedInAdvance, hoped: Signed
) -> a.Answer[None] | None:
    """The refusal of terms, or a key, that could not count, on record, before anybody signs; None where they could."""
    policy = incidents.managed(terms.target).policy
    try:
        require_signable(terms, policy, incidents.clock.now())
        require_hardware(hoped, policy.approval)
    except Refused as no:
        return await incidents.refuse(call, no)
    return None


async def grant(incidents: IncidentService, call: Call, *, message: str, signature: str) -> a.Answer[None]:
    """Keep what a person signed in advance, in the stream of its target."""

    async def granted(_invocation: Invocation) -> a.Answer[None]:
        terms = read_statement(ApprovedInAdvance, message)
        now = incidents.clock.now()
        signed = verified(incidents, terms.target, message, signature, at=now)
        require_terms(terms, signed, incidents.managed(terms.target).policy, now)
        await _record(incidents, call, terms.target, lambda _known: e.StandingGranted(terms=terms, signed=signed))
        until = f"{terms.until:%Y-%m-%d %H:%M} UTC"
        says = f"{terms.id}: {terms.approver} approves {terms.uses} rollback(s) of {terms.target} at {terms.severity}"
        then = f"until {until}, unseen. Take it back: flightrules approvers revoke."
        return a.Answer[None](ok=True, says=f"{says} {then}")

    return await framed(incidents, call, granted)


async def revoke(incidents: IncidentService, call: Call, target: str, standing: str, reason: str) -> a.Answer[None]:
    """Take a standing approval back. Anybody may: it only ever leads to a person being asked."""

    def taken_back(known: tuple[PreApproval, ...]) -> e.Event:
        if standing not in {one.terms.id for one in known if not one.revoked}:
            names = ", ".join(one.terms.id for one in known if not one.revoked) or "none"
            raise Refused("unknown_standing", f"{target} has no standing approval {standing!r}.", f"It has: {names}.")
        return e.StandingRevoked(id=standing, by=call.account or call.actor.name, reason=reason)

    async def revoked(_invocation: Invocation) -> a.Answer[None]:
        incidents.managed(target)
        await _record(incidents, call, target, taken_back)
        return a.Answer[None](ok=True, says=f"{standing} is revoked; a person will be asked.")

    return await framed(incidents, call, revoked)


async def known(incidents: IncidentService, target: str) -> tuple[PreApproval, ...]:
    """The standing approvals of a target, oldest first."""
    return standing_approvals(await incidents.records(target_stream(incidents.managed(target).target.name)))


async def _record(
    incidents: IncidentService, call: Call, target: str, event: Callable[[tuple[PreApproval, ...]], e.Event]
) -> None:
    """Append to the target's stream what was decided on all of it."""
    stream = target_stream(target)
    for _ in range(TRIES):
        records = await incidents.records(stream)
        draft = event(standing_approvals(records)).draft(at=incidents.clock.now(), actor=call.actor, call=call.key)
        try:
            await incidents.store.append(Write(stream, _version(records), [draft]))
        except Conflict:
            continue
        return
    raise Unavailable("the log", "other processes keep writing to this target", "Try again in a moment.")
