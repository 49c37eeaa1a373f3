"""Enrolment of a passkey: the page makes one, and shows the line by which it comes to count.

Knows: what a person must copy, and to whom. Must not know: allowed_signers itself. The console cannot write that file:
another account adds the line, after the fingerprint was read out to whoever holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flightrules.console.passkeys import assertion_of, bytes_of, told
from flightrules.console.signing_in import WAIT
from flightrules.errors import Refused
from flightrules.state.signing.signers import line_for
from flightrules.state.signing.sshsig import line_of_key
from flightrules.state.signing.webauthn import passkey_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from flightrules.console.visit import Visit


async def show(visit: Visit) -> Response:
    """Show how a passkey is enrolled, and which of this person's count by now."""
    known = {
        target: [one.fingerprint for one in visit.terms.passkeys.of(visit.name, target, at=visit.now)]
        for target, managed in visit.app.incidents.managed_targets.items()
        if managed.policy.approval.allowed_signers
    }
    return visit.page("enrol.html.j2", known=known)


async def options(visit: Visit) -> Response:
    """Give what the browser needs to make a passkey, and the challenge by which it is proven at once."""
    handle = await visit.terms.sessions.handle(visit.name)
    challenge = visit.terms.sessions.challenge(now=visit.now, until=visit.now + WAIT)
    return visit.data(challenge=told(challenge), rpId=visit.terms.rp_id, name=visit.name, handle=told(handle))


async def key(visit: Visit) -> Response:
    """Return the line for allowed_signers of a passkey that has just answered; it is kept nowhere here."""
    said = await visit.said()
    public = passkey_of(bytes_of(said, "publicKey"), visit.terms.rp_id)
    assertion = assertion_of(said)
    if not visit.terms.sessions.spend(assertion.client.challenge, now=visit.now):
        raise Refused("bad_challenge", "That answer came too late, or twice.", "Try again.")
    visit.terms.passkeys.prove(public, assertion, assertion.client.challenge)
    return visit.data(
        ok=True,
        line=line_for(visit.name, public),
        key=line_of_key(public),
        fingerprint=public.fingerprint,
        command=f"flightrules approvers add {visit.name} '{line_of_key(public)}'",
        synced=assertion.hardware.synced,
    )
