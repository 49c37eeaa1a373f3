"""`flightrules approve` and `reject`: a person at a terminal answers for exactly one plan, or for some in advance.

Knows: what is shown, asked and signed, in this order. Must not know: what makes an approval count.
What an approval without a signature proves is little: somebody with a terminal on this machine typed eight characters.
"""

from __future__ import annotations

import argparse
import re
from datetime import timedelta
from functools import partial

from pydantic import JsonValue

from flightrules.account import account
from flightrules.cli import elsewhere
from flightrules.cli.confirming import at_terminal, require_terminal
from flightrules.cli.people import told
from flightrules.cli.session import call_of, said, with_application
from flightrules.cli.signing import SignerKey, confirmed, hand, show, told_what_it_proves, unsigned
from flightrules.errors import Refused
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.approval import in_advance
from flightrules.service.approval import signed as signed_approvals
from flightrules.service.approval import typed as typed_approvals
from flightrules.service.approval.typed import would_count
from flightrules.service.incident_service import IncidentService
from flightrules.state.incident import Incident
from flightrules.state.plan import Plan
from flightrules.state.signing.statements import ApprovedInAdvance


def approve(arguments: argparse.Namespace) -> int:
    """Show the plan, and take a signature or the typed digest as the approval."""
    signs = bool(arguments.key or arguments.agent)
    if arguments.standing:
        if not signs:
            raise Refused("not_signed", "Approving in advance needs a signature.", "Add --key PATH or --agent.")
        return with_application(arguments, lambda app: _in_advance(app, arguments))
    if not arguments.incident:
        raise Refused("no_incident", "The incident id is missing.", "Name it: flightrules approve INC-...")
    if arguments.statement:
        return with_application(arguments, lambda app: elsewhere.write_statement(app, arguments))
    if arguments.signed:
        return with_application(arguments, lambda app: elsewhere.hand_in(app, arguments))
    if signs:
        return with_application(arguments, lambda app: _signed(app, arguments))
    require_terminal("approve", "or sign: --key PATH")
    return with_application(arguments, lambda app: _typed(app, arguments))


async def answered_for(app: Application, arguments: argparse.Namespace) -> int:
    """Have the plan that waits answered for here, by a key where one is named; 0 when it is approved."""
    work = _signed if arguments.key or arguments.agent else _typed
    return await work(app, arguments)


async def _typed(app: Application, arguments: argparse.Namespace) -> int:
    """Take the typed digest; what it could not mend is said before it is asked for."""
    incidents, digest, acknowledged = app.incidents, "", bool(arguments.acknowledge)
    incident = await incidents.incident(arguments.incident)
    counts = partial(would_count, incidents, call_of("approve", incident.id, {}), approver=account())
    if await counts(acknowledged=True):
        show(incident)
        acknowledged = _acknowledged(incident.plan, arguments)
        if await counts(acknowledged=acknowledged):
            digest = _digest(incident.plan)
    call = call_of("approve", incident.id, {"digest": digest, "acknowledged": acknowledged})
    answer = await typed_approvals.approve(
        incidents, call, approver=account(), digest=digest, acknowledged=acknowledged
    )
    return told(answer)


def _digest(plan: Plan | None) -> str:
    return input(f"Type {plan.short} to approve, anything else to stop: ") if plan else ""


async def _signed(app: Application, arguments: argparse.Namespace) -> int:
    """Show the same review, and sign."""
    incidents = app.incidents
    incident = await incidents.incident(arguments.incident)
    policy = incidents.managed(incident.target).policy.approval
    at_hand = await hand(arguments, policy, at=incidents.clock.now())
    if refused := await _refused_unsigned(incidents, incident, at_hand, acknowledged=True):
        return told(refused)
    show(incident)
    acknowledged = _acknowledged(incident.plan, arguments)
    if refused := await _refused_unsigned(incidents, incident, at_hand, acknowledged=acknowledged):
        return told(refused)
    if incident.plan is not None:
        confirmed(incident.plan.short, "sign")
    statement = await signed_approvals.to_sign(
        incidents, incident.id, approver=at_hand.signer.principal, acknowledged=acknowledged
    )
    if incident.plan is not None and statement.plan != incident.plan.id:
        raise Refused("other_plan", "The plan changed while it was read.", "Review the plan that is proposed now.")
    signature = await at_hand.key.sign(statement.message)
    given: dict[str, JsonValue] = {
        "key": at_hand.key.public.fingerprint,
        "acknowledged": acknowledged,
        "message": statement.message,
        "signature": signature,
    }
    call = call_of("approve", incident.id, given)
    answer = await signed_approvals.approve(incidents, call, message=statement.message, signature=signature)
    if answer.ok:
        told_what_it_proves(at_hand)
    return told(answer)


async def _refused_unsigned(
    incidents: IncidentService, incident: Incident, at_hand: SignerKey, *, acknowledged: bool
) -> Answer[None] | None:
    call = unsigned(incident.id, at_hand.hoped, acknowledged=acknowledged)
    return await signed_approvals.refused_unsigned(incidents, call, at_hand.hoped, acknowledged=acknowledged)


_SPAN = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


async def _in_advance(app: Application, arguments: argparse.Namespace) -> int:
    """Show the terms, and sign them."""
    incidents, now = app.incidents, app.incidents.clock.now().replace(microsecond=0)
    span = _SPAN.fullmatch(arguments.expires)
    if span is None:
        raise Refused("bad_span", f"{arguments.expires!r} is not a span of time.", "Write it like 90m, 24h or 7d.")
    at_hand = await hand(arguments, incidents.managed(arguments.standing).policy.approval, at=now)
    given = {
        "id": incidents.ids.new("STND"),
        "approver": at_hand.signer.principal,
        "at": now,
        "until": now + timedelta(**{_UNITS[span[2]]: int(span[1])}),
        "target": arguments.standing,
        "severity": arguments.severity,
        "uses": arguments.uses,
        "hours": arguments.hours,
    }
    try:
        terms = ApprovedInAdvance.model_validate(given)
    except ValueError as error:
        remedy = "--uses is 1 to 100, --hours is like 22-06."
        raise Refused("bad_terms", "These terms cannot be signed.", remedy) from error
    call = call_of("approve", "", {"standing": terms.id, "key": at_hand.key.public.fingerprint})
    if refused := await in_advance.refused_unsigned(incidents, call, terms, at_hand.hoped):
        return told(refused)
    print(_words(terms))
    confirmed("yes", "sign")
    signature = await at_hand.key.sign(terms.message)
    answer = await in_advance.grant(incidents, call, message=terms.message, signature=signature)
    if answer.ok:
        told_what_it_proves(at_hand)
    return told(answer)


def _words(terms: ApprovedInAdvance) -> str:
    hours = f" between {terms.hours} UTC" if terms.hours else ""
    return (
        f"You approve, without seeing it, up to {terms.uses} rollback(s) of {terms.target} in a {terms.severity}{hours}"
        f", until {terms.until:%Y-%m-%d %H:%M} UTC, each to a release that was observed healthy and only where nothing "
        "has to be acknowledged. Once a person rejected a plan of an incident, it does not count there."
    )


def _acknowledged(plan: Plan | None, arguments: argparse.Namespace) -> bool:
    """Ask for acknowledgement where the plan needs it."""
    if plan is None or not plan.acknowledge:
        return False
    if arguments.acknowledge or not at_terminal():
        return bool(arguments.acknowledge)
    return input("Type yes to acknowledge these points: ").strip().lower() == "yes"


def reject(arguments: argparse.Namespace) -> int:
    """Withdraw the plan; the agent is told why."""
    if not arguments.reason.strip():
        raise Refused(
            "reason_missing", "A rejection needs a reason.", "Give one with --reason TEXT; the agent receives it."
        )

    async def rejected(app: Application) -> Answer[None]:
        reason = said(arguments.reason)
        call = call_of("reject", arguments.incident, {"reason": reason})
        return await typed_approvals.reject(app.incidents, call, approver=account(), reason=reason)

    return told(with_application(arguments, rejected))
