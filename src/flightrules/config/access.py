"""The shape of the settings that say who may call over HTTP.

Knows: tokens as hashes, and where others' tokens are checked. Must not know: how they are checked; no token itself.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from flightrules.state.caller import Scope
from flightrules.state.value import Value

_URL = r"^(https://[^\s/@]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?)(/\S*)?$"


def _readable(url: str) -> str:
    """The address, where host and port can be told from each other. Raises `ValueError`."""
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"no address ({error}). Allowed: one like https://flightrules.example/mcp.") from error
    return url


Address = Annotated[str, Field(pattern=_URL), AfterValidator(_readable)]
"""HTTPS, or plain HTTP on this machine."""

Word = Annotated[str, Field(pattern=r'^[^\s"\\]+$')]


class TokenTable(Value):
    """A bearer token, by its hash: `flightrules token new` makes one and prints these lines."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$")]
    """Name of the token's owner: the log keeps it as the account of each call."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the token, in hex. The token itself stands nowhere."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    """Rights of the token: `read` for incident_status and resources, `respond` for all other tools. None approves."""


class OAuthSettings(Value):
    """The authorization server whose access tokens (JWT) count, as an OAuth 2.1 resource server takes them."""

    issuer: Address
    """The authorization server, exactly as `iss` in its tokens."""
    audience: str = ""
    """Value that `aud` in a token must be or hold; empty: `public_url`."""
    jwks_url: Address
    """Address of its public keys."""
    required_scopes: tuple[Word, ...] = ()
    """Scopes without which a token is turned away at once."""
    read_scope: Word = "read"
    """Name that the authorization server gives to the scope `read`."""
    respond_scope: Word = "respond"
    """Name that it gives to the scope `respond`. No scope approves: a token never does."""
