"""The shape of the settings of the web console.

Knows: which addresses a browser offers passkeys at. Must not know: how pages are served.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from flightrules.config.access import Address
from flightrules.state.value import Value

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PORTS = {"https": 443, "http": 80}


class ConsoleSettings(Value):
    """The web console for people, which `serve --http` offers beside the MCP endpoint if this table is there."""

    public_url: Address
    """The address at which people open it, such as `https://flightrules.example`: HTTPS and a name, or
    `http://localhost:8765` on this machine. Passkeys do not work at a bare IP address."""
    rp_id: str = ""
    """The name that passkeys are bound to, for ever: the host of `public_url` (default) or a domain above it. With
    another name every passkey is void, and so is every line of allowed_signers that holds one."""
    session_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 12
    """After this long a person signs in again."""
    path: Annotated[str, Field(min_length=1)] = ".flightrules/console.db"
    """The SQLite file of sessions and one-time links; it and its folder are made if missing."""

    @property
    def host(self) -> str:
        """Return the host of the public address."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def origin(self) -> str:
        """Return the origin of its pages, as a browser writes it."""
        parts = urlsplit(self.public_url)
        port = f":{parts.port}" if parts.port and parts.port != _PORTS[parts.scheme] else ""
        return f"{parts.scheme}://{self.host}{port}"

    @property
    def relying_party(self) -> str:
        """Return the RP id of its passkeys."""
        return self.rp_id or self.host

    @property
    def approval_page(self) -> str:
        """Return the address of the approval page, with `{incident}` for an incident's id."""
        return f"{self.origin}/approve/{{incident}}"

    @model_validator(mode="after")
    def _usable(self) -> Self:
        parts = urlsplit(self.public_url)
        if _is_address(self.host):
            raise ValueError(
                f"found the address {self.host}. Allowed: a name; browsers offer no passkeys at an IP address. "
                "On this machine: http://localhost:PORT."
            )
        if not _NAME.fullmatch(self.host) or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("found more than a name, or no name. Allowed: an address like https://flightrules.example")
        if self.rp_id and not (self.host == self.rp_id or self.host.endswith(f".{self.rp_id}")):
            raise ValueError(f"found rp_id {self.rp_id}. Allowed: {self.host}, or a domain above it.")
        return self


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
