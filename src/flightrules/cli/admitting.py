"""Admission of callers over HTTP, from the settings; an address that others can reach is refused if anybody could call.

Knows: the settings and the adapters that check tokens. Must not know: tools. Imported only to serve over HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import urlsplit

from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.oauth import OAuthTokens
from flightrules.adapters.secrets import secret_of
from flightrules.adapters.tokens import StaticTokens
from flightrules.config.alerts import AlertSource
from flightrules.config.settings import ServerSettings
from flightrules.errors import Refused
from flightrules.ports import Callers
from flightrules.server.admission import Admission, Verifier
from flightrules.server.alerts import Gate
from flightrules.server.rate import RateLimit

PAUSE_S = 1.0
"""So long a refusal of calls too many is held back."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANYWHERE = frozenset({str(IPv4Address(0)), str(IPv6Address(0))})
HTTP = 80
LEAST_SECRET = 16
"""Characters below which the secret of a source of alerts could be guessed."""
THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")


class ListenAddress(NamedTuple):
    """Address at which the server listens."""

    host: str
    port: int
    tls: bool = False
    """True if the server itself speaks TLS there."""

    @property
    def url(self) -> str:
        """Its address."""
        return (
            f"{'https' if self.tls else 'http'}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/mcp"
        )


class HttpAccess(NamedTuple):
    """Callers that are let in, names that are answered, and warnings that a person should hear."""

    admission: Admission
    security: TransportSecuritySettings
    warnings: tuple[str, ...]
    origins: tuple[str, ...] = ()
    """Web pages of other places that may call."""


def doors(settings: ServerSettings, place: ListenAddress) -> HttpAccess:
    """Return who may call at this place.

    Raises `Refused` if that would be anybody who can reach it.
    """
    guarded = bool(settings.tokens or settings.oauth)
    if place.host not in LOOPBACK:
        _check_reachable(settings, place, guarded=guarded)
    limit = RateLimit(settings.calls_per_minute)
    admission = _guarded(settings, place, limit) if guarded else Admission(limit=limit, pause_s=PAUSE_S)
    return HttpAccess(
        admission, _names(settings, place), tuple(_warnings(place, guarded=guarded)), settings.allowed_origins
    )


def gates(sources: Sequence[AlertSource]) -> tuple[Gate, ...]:
    """Return the sources of alerts with their secrets.

    Raises `Refused` or `Unavailable` for a secret that is not there.
    """
    return tuple(
        Gate(source=one, secrets=tuple(secret_of(secret, least=LEAST_SECRET) for secret in one.secrets))
        for one in sources
    )


def _check_reachable(settings: ServerSettings, place: ListenAddress, *, guarded: bool) -> None:
    if not guarded:
        raise Refused(
            "not_loopback",
            f"{place.host} can be reached from elsewhere, and no authentication is set: anybody could call.",
            "Set [[server.tokens]] (`flightrules token new`) or [server.oauth], or bind to 127.0.0.1.",
        )
    if settings.console and not place.tls:
        raise Refused(
            "console_without_tls",
            f"{place.host} can be reached from elsewhere, and the console is never served there without TLS.",
            "Bind to 127.0.0.1 behind a proxy that speaks TLS, or give --tls-cert and --tls-key.",
        )
    if place.host in ANYWHERE and not (settings.public_url or settings.allowed_hosts):
        raise Refused(
            "no_host_name",
            f"{place.host} means every address, so a forged `Host` header could not be recognised.",
            "Set public_url or allowed_hosts in [server].",
        )


def _warnings(place: ListenAddress, *, guarded: bool) -> list[str]:
    if not guarded:
        return ["warning: no authentication is set, so every program on this machine may call."]
    if place.host not in LOOPBACK and not place.tls:
        return ["warning: this is plain HTTP, which shows tokens to the network; put TLS in front of it."]
    return []


def _guarded(settings: ServerSettings, place: ListenAddress, limit: RateLimit) -> Admission:
    resource = settings.public_url or place.url
    oauth = settings.oauth
    required = oauth.required_scopes if oauth else ()
    callers: list[Callers] = [StaticTokens(settings.tokens, granted=required)]
    if oauth:
        callers.append(OAuthTokens(oauth, resource=resource, clock=SystemClock()))
    auth = AuthSettings.model_validate(
        {
            "issuer_url": oauth.issuer if oauth else resource,
            # Only an authorization server is worth telling clients of: with tokens alone there is nowhere to send them.
            "resource_server_url": resource if oauth else None,
            "required_scopes": list(required) or None,
            "validate_token_resource": False,  # OAuthTokens checks the audience itself
        }
    )
    return Admission(limit=limit, verifier=Verifier(callers, resource), auth=auth, pause_s=PAUSE_S)


def _names(settings: ServerSettings, place: ListenAddress) -> TransportSecuritySettings:
    """The `Host` and `Origin` headers that are answered."""
    own = urlsplit(settings.public_url or place.url)
    # Where the port is HTTP's own, clients leave it out.
    plain = [*THIS_MACHINE, urlsplit(place.url).netloc.removesuffix(f":{HTTP}")] if place.port == HTTP else []
    return TransportSecuritySettings(
        allowed_hosts=[*_anyport(""), *plain, own.netloc, urlsplit(place.url).netloc, *settings.allowed_hosts],
        allowed_origins=[
            *_anyport("http://"),
            *(f"http://{name}" for name in plain),
            f"{own.scheme}://{own.netloc}",
            *settings.allowed_origins,
        ],
    )


def _anyport(scheme: str) -> Sequence[str]:
    return [f"{scheme}{name}:*" for name in THIS_MACHINE]
