"""Identity of a network caller, once its token has been accepted.

Knows: names and scopes. Must not know: how a token is checked. There is no scope that approves: whoever calls here
is an agent, and what an agent's token could approve, no person would have approved.
"""

from __future__ import annotations

from enum import StrEnum

from flightrules.state.value import Value


class Scope(StrEnum):
    """Permissions that a caller may have."""

    READ = "read"
    """See incidents: `incident_status` and the resources."""
    RESPOND = "respond"
    """Work on incidents: every other tool."""


class Caller(Value):
    """A caller whose token was believed."""

    subject: str
    """Subject of the token, which the log keeps as the account."""
    client: str
    """The program the token was given to, where whoever gave it says so."""
    issuer: str = ""
    """Issuer of the token; empty for a token from the settings."""
    scopes: frozenset[Scope]
    granted: tuple[str, ...]
    """The scopes in the words of whoever gave the token."""
    expires: int | None = None
    """When, in seconds since 1970."""
