"""Hands messages to an address over HTTP, signed, so that the receiver can tell who sent them and what it has already.

Knows: the request. Must not know: what is done with it. The secret and the address appear in no receipt.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flightrules.adapters.secrets import secret_of
from flightrules.adapters.sending.posting import OK, ask
from flightrules.ports import Clock, OutboundMessage, Receipt
from flightrules.state.canonical import canonical

VERSION = "v1"
LEAST_SECRET = 16
"""Characters below which a secret could be guessed."""


class WebhookSender:
    """Keeps ports.Sender with POST requests of JSON.

    `X-Flightrules-Signature` is `v1=` and the HMAC-SHA256, in hex, over `X-Flightrules-Timestamp`, a full stop and the
    exact bytes of the body. `Idempotency-Key` is the id of the message: the receiver has it once if it keeps those.
    """

    at_once = False

    def __init__(self, url: str, secret: str, clock: Clock) -> None:
        """`secret` is a reference: `file:PATH` or `env:NAME`."""
        self._url = url
        self._secret = secret
        self._clock = clock

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Post it once."""
        body = canonical(outbound.model_dump(mode="json", exclude={"plain", "reached"}))
        now = self._clock.now()
        stamp = str(int(now.timestamp()))
        headers = {
            "content-type": "application/json",
            "idempotency-key": outbound.id,
            "x-flightrules-timestamp": stamp,
            "x-flightrules-signature": signature(self._key(), stamp, body),
        }
        answer = await ask("POST", self._url, headers, content=body)
        if answer.status in OK:
            return Receipt(arrived=True)
        return Receipt(arrived=False, why=answer.why, again=answer.again, wait_s=answer.wait_s(now))

    async def check(self) -> str:
        """Return the host of the address, and check that the secret can be read."""
        self._key()
        return f"webhook at {urlsplit(self._url).hostname}, signed"

    def _key(self) -> bytes:
        return secret_of(self._secret, least=LEAST_SECRET).encode()


def signature(secret: bytes, stamp: str, body: bytes) -> str:
    """Return the value that `X-Flightrules-Signature` must have."""
    return f"{VERSION}={hmac.new(secret, stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"
