"""The messages between a page's script and the server about passkeys: base64url without padding.

Knows: their form. Must not know: whose key it is, or what is signed.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from flightrules.console.visit import text
from flightrules.errors import Refused
from flightrules.state.signing.webauthn import Assertion, read_assertion, unpadded


def told(data: bytes) -> str:
    """Return bytes as a script takes them."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(said: Mapping[str, Any], name: str) -> bytes:
    """Return bytes that a script sent. Raises `Refused` if it did not."""
    try:
        return unpadded(text(said, name))
    except ValueError as error:
        raise Refused("bad_request", f"{name} is not base64url.", "Load the page again.") from error


def assertion_of(said: Mapping[str, Any]) -> Assertion:
    """Return the answer of a passkey as a script sent it. Raises `Refused` if it cannot be read."""
    names = ("authenticatorData", "clientDataJSON", "signature")
    return read_assertion(*(bytes_of(said, name) for name in names))
