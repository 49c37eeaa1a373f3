"""Signing in: by a one-time link that a command on the server prints, or by a passkey; sessions listed and ended.

Knows: how a session begins and ends. Must not know: what pages show. No session approves anything.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flightrules.console.passkeys import assertion_of, told
from flightrules.console.visit import COOKIE, Visit, text
from flightrules.errors import Refused
from flightrules.ports import Role, SignedInBy

if TYPE_CHECKING:
    from starlette.responses import Response

WAIT = timedelta(minutes=5)
"""Time within which a challenge must be answered."""


async def show(visit: Visit) -> Response:
    """Show both ways to sign in. The word of a link is in the fragment, which no server and no log is sent."""
    return visit.page("sign-in.html.j2", next=_own(visit.request.query_params.get("next", "")))


async def link(visit: Visit) -> Response:
    """Begin a session by a one-time word."""
    said = await visit.said()
    redeemed = await visit.terms.sessions.redeem(text(said, "word").strip(), now=visit.now)
    if redeemed is None:
        raise Refused(
            "bad_link",
            "That link was used already, or is too old.",
            "Have another printed on the server: flightrules console link NAME",
        )
    return await _begun(visit, *redeemed, "link")


async def challenge(visit: Visit) -> Response:
    """Give a challenge of 32 random bytes: it can be read as no statement that anybody signs."""
    word = visit.terms.sessions.challenge(now=visit.now, until=visit.now + WAIT)
    return visit.data(challenge=told(word), rpId=visit.terms.rp_id)


async def passkey(visit: Visit) -> Response:
    """Begin a session by the answer of a passkey that stands in allowed_signers."""
    assertion = assertion_of(await visit.said())
    asked = assertion.client.challenge
    if not visit.terms.sessions.spend(asked, now=visit.now):
        raise Refused("bad_challenge", "That answer came too late, or twice.", "Try again.")
    owner = visit.terms.passkeys.owner(assertion, asked, at=visit.now)
    return await _begun(visit, owner.name, Role.ACT, "passkey")


async def _begun(visit: Visit, name: str, role: Role, by: SignedInBy) -> Response:
    now = visit.now
    sessions, until = visit.terms.sessions, now + visit.terms.hours
    secret = await sessions.begin(name, role, by, agent=visit.agent, now=now, until=until)
    answer = visit.data(ok=True, says=f"You are signed in as {name}.")
    # Lax: whoever follows a link from a chat or a mail must not arrive signed out.
    age = int(visit.terms.hours.total_seconds())
    answer.set_cookie(COOKIE, secret, max_age=age, secure=True, httponly=True, samesite="lax")
    return answer


async def sign_out(visit: Visit) -> Response:
    """End one's own session."""
    if visit.session is not None:
        await visit.terms.sessions.end(visit.session.id)
    answer = visit.go("/sign-in")
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return answer


async def sessions(visit: Visit) -> Response:
    """List one's own sessions."""
    every = await visit.terms.sessions.all(now=visit.now)
    return visit.page("sessions.html.j2", sessions=[one for one in every if one.name == visit.name])


async def end(visit: Visit) -> Response:
    """End one of one's own sessions."""
    own = [one.id for one in await visit.terms.sessions.all(now=visit.now) if one.name == visit.name]
    if visit.part("session") in own:
        await visit.terms.sessions.end(visit.part("session"))
    return visit.go("/sessions")


def _own(path: str) -> str:
    """Return a path of the console; its front page for anything else."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and path.isascii() else "/"
