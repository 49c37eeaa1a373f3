"""Hands messages to people through whatever service an Apprise address names: chat, mail, push, SMS.

Knows: Apprise, and that its addresses hold secrets. Must not know: what a message says.
Each recipient has each part of a message once: what arrived is told in the receipt, and is not sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from flightrules.adapters.secrets import secret_of
from flightrules.adapters.sending.forms import formed_title, length, parts
from flightrules.adapters.sending.hearing import AskedToWait, AttemptLog, silenced
from flightrules.adapters.sending.posting import LONGEST_WAIT_S
from flightrules.adapters.sending.recipients import Recipient, kind_of, recipients
from flightrules.errors import Refused
from flightrules.ports import OutboundMessage, Receipt

if TYPE_CHECKING:
    from pydantic import SecretStr

BEGINS_S = 15.0
"""No piece is begun later than this, so that all that were begun end before nobody waits for them."""
MARGIN = 24
"""Characters left free in each message: plugins add signs of their own."""


class AppriseSender:
    """Keeps ports.Sender through one Apprise address.

    No such service knows a message it has already: the message's id stands at the end of the text, for people.
    """

    at_once = False

    def __init__(self, url: SecretStr) -> None:
        """`url` is the address, or a reference to it: `file:PATH` or `env:NAME`."""
        self._url = url

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Send it once to each recipient that does not have it."""
        return await asyncio.to_thread(_send, self._address(), outbound)

    async def check(self) -> str:
        """That Apprise understands the address, what kind it is of, and for how many recipients it stands."""
        url = self._address()
        found = await asyncio.to_thread(_understood, url)
        many = f", {len(found)} recipients" if len(found) > 1 else ""
        return f"{kind_of(url)} through Apprise{many}"

    def _address(self) -> str:
        text = self._url.get_secret_value()
        return secret_of(text) if text.startswith(("file:", "env:")) and "://" not in text else text


def _understood(url: str) -> list[Recipient]:
    with silenced():
        return recipients(url)


class _Piece(NamedTuple):
    """One part of a message for one recipient."""

    id: str
    """Tells it from all others of the message; it holds no secret and no address."""
    to: Recipient
    title: str
    body: str


def _send(url: str, outbound: OutboundMessage) -> Receipt:
    with silenced() as heard:
        try:
            pieces = [piece for to in recipients(url) for piece in _pieces(to, outbound)]
        except Refused as no:
            return Receipt(arrived=False, why=no.reason)
        except Exception as error:  # noqa: BLE001 - a hundred plugins raise what they like
            return Receipt(arrived=False, why=f"{kind_of(url)}: {type(error).__name__}")
        return _handed_over(pieces, outbound, heard)


def _pieces(to: Recipient, outbound: OutboundMessage) -> Iterator[_Piece]:
    """The message as this recipient may have it, in as many parts as it needs."""
    service, text = to.service, f"{outbound.plain or outbound.text}\n\n({outbound.id})"
    title = formed_title(to.kind, outbound.title)[: max(service.title_maxlen, 0)]
    if not title:
        text = f"{outbound.title}\n\n{text}"
    room = service.body_maxlen - MARGIN - length(to.kind, title)
    for number, body in enumerate(parts(to.kind, text, room)):
        told = hashlib.sha256(f"{outbound.id}\n{to.place}\n{number}".encode()).hexdigest()[:12]
        yield _Piece(told, to, title, body)


def _handed_over(pieces: list[_Piece], outbound: OutboundMessage, heard: AttemptLog) -> Receipt:
    """Send what is left; where a part fails, its recipient's later parts wait for it."""
    reached, why, wait_s, began = [*outbound.reached], "", 0.0, time.monotonic()
    failing: set[str] = set()
    for piece in pieces:
        if piece.id in reached or piece.to.place in failing:
            continue
        if time.monotonic() - began > BEGINS_S:
            why = why or "there was no time left"
            failing.add(piece.to.place)
        elif trouble := _trouble(piece, heard):
            why, wait_s = trouble, max(wait_s, heard.wait_s)
            failing.add(piece.to.place)
        else:
            reached.append(piece.id)
    everybody = {piece.to.place for piece in pieces}
    if not failing:
        return Receipt(arrived=True)
    told = f"{len(failing)} of {len(everybody)} recipients: {why}" if len(everybody) > 1 else why
    return Receipt(
        arrived=bool(everybody - failing),
        left=len(failing),
        reached=tuple(reached),
        why=told,
        wait_s=min(math.ceil(wait_s), LONGEST_WAIT_S),
    )


def _trouble(piece: _Piece, heard: AttemptLog) -> str:
    """Hand one piece over; what went wrong, without any secret."""
    heard.forget()
    service = piece.to.service
    try:
        if service.notify(body=piece.body, title=piece.title, body_format="text", overflow="upstream"):
            return ""
    except AskedToWait as asked:
        heard.wait_s = max(heard.wait_s, asked.seconds)
        return f"{piece.to.kind}: {asked}"
    except Exception as error:  # noqa: BLE001 - a hundred plugins raise what they like
        return f"{piece.to.kind}: {type(error).__name__}"
    return f"{piece.to.kind}: {heard.why}"
