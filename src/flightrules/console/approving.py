"""The approval page: the question, and the answer that a passkey signs.

Knows: the order show, statement, signature. Must not know: what makes an approval count (the service asks the rules),
nor any other way to approve: nothing here can begin a rollback but a signature that the service verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import JsonValue

from flightrules.console.passkeys import assertion_of
from flightrules.console.question import question
from flightrules.console.visit import Visit, text
from flightrules.errors import Refused
from flightrules.service.approval import signed
from flightrules.service.asking import approvals_missing
from flightrules.state.signing.sshsig import signed_bytes
from flightrules.state.signing.statements import Signed, hoped_for
from flightrules.state.signing.webauthn import KIND
from flightrules.templates.render import data_words
from flightrules.templates.review import FATES

if TYPE_CHECKING:
    from starlette.responses import Response

    from flightrules.state.incident import Incident


async def show(visit: Visit) -> Response:
    """Show what waits for a yes, with everything that stands in its way said before anything is signed."""
    incidents = visit.app.incidents
    incident = await incidents.incident(visit.part("incident"))
    policy = incidents.managed(incident.target).policy.approval
    standing = incidents.answer(incident, visit.now, says="")
    return visit.page(
        "approve.html.j2",
        incident=incident,
        policy=policy,
        budgets=standing.budgets,
        question=question(incident.plan) if incident.plan else None,
        objection=await _objection(visit, incident),
        missing=approvals_missing(incidents, incident),
        data=data_words(incident.plan) if incident.plan else "",
        fates=FATES,
    )


async def _objection(visit: Visit, incident: Incident) -> Refused | None:
    """Return why this person cannot approve now; nothing is recorded."""
    keys = visit.terms.passkeys.of(visit.name, incident.target, at=visit.now)
    if not keys:
        why = f"No passkey of {visit.name} is in the file of signers of {incident.target}."
        return Refused("no_passkey", why, "Enrol one, and have its line added.")
    call = visit.call("approve", incident.id, {})
    return await signed.objection(visit.app.incidents, call, _hoped(visit), acknowledged=True)


def _hoped(visit: Visit) -> Signed:
    return hoped_for(visit.name, KIND)


async def state(visit: Visit) -> Response:
    """Tell the page whether its plan is still the one that waits."""
    incident = await visit.app.incidents.incident(visit.part("incident"))
    plan = incident.plan
    return visit.data(review=plan.review if plan else "", says=_moved(incident))


def _moved(incident: Incident) -> str:
    if incident.plan is None:
        return f"This plan is gone: the incident is in phase {incident.phase}. Nothing can be signed here now."
    return f"There is another plan now ({incident.plan.short}). Load the page again and read it before you sign."


async def statement(visit: Visit) -> Response:
    """Give the statement to sign for the plan that the page shows; refuse a yes that would not count, on record."""
    said = await visit.said()
    incident = await visit.app.incidents.incident(visit.part("incident"))
    if incident.plan is None or incident.plan.review != text(said, "review"):
        raise Refused("other_plan", _moved(incident), "")
    acknowledged = said.get("acknowledged") is True
    given: dict[str, JsonValue] = {"name": visit.name, "kind": KIND, "acknowledged": acknowledged}
    call = visit.call("approve", incident.id, given)
    refused = await signed.refused_unsigned(visit.app.incidents, call, _hoped(visit), acknowledged=acknowledged)
    if refused is not None:
        return visit.data(409, ok=False, says=refused.says)
    made = await signed.to_sign(visit.app.incidents, incident.id, approver=visit.name, acknowledged=acknowledged)
    return visit.data(ok=True, message=made.message)


async def signature(visit: Visit) -> Response:
    """Take the passkey's answer: written as an SSH signature it goes the way of every signed approval."""
    said = await visit.said()
    message, assertion = text(said, "message"), assertion_of(said)
    armored = visit.terms.passkeys.written(assertion, signed_bytes(message.encode()), at=visit.now)
    given = {"message": message, "signature": armored}
    call = visit.call("approve", visit.part("incident"), given)
    answer = await signed.approve(visit.app.incidents, call, message=message, signature=armored)
    return visit.data(200 if answer.ok else 409, ok=answer.ok, says=answer.says)
