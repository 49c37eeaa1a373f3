"""Access tokens of an authorization server: JWTs signed by one of its published keys, for this server, now.

Knows: JWT, JWKS and HTTP. Must not know: what a caller may do with a scope.
Only signatures by a key pair count: with a shared secret, the public key itself could be made to sign.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flightrules.config.access import OAuthSettings
from flightrules.ports import Clock
from flightrules.state.caller import Caller, Scope
from flightrules.state.untrusted import one_line

if TYPE_CHECKING:
    import jwt

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_S = 30.0
"""So far clocks may differ."""
LARGEST_TOKEN = 16_384
LARGEST_KEYS = 262_144
LONGEST_NAME = 200
LAST_MOMENT = 253_402_300_799
"""The end of the year 9999, in seconds since 1970: no clock and no calendar goes further."""
FETCH_S = 5.0
FRESH = timedelta(minutes=10)
"""So long fetched keys are used without asking again; a key taken back counts no longer than that while all is well."""
STALE = timedelta(hours=1)
"""So long they are used while nobody can be asked."""
PAUSE = timedelta(seconds=15)
"""So long nobody is asked again, whatever keys tokens name: strangers must not make this server ask."""

log = logging.getLogger("flightrules.oauth")


class PublishedKeys:
    """The authorization server's keys, fetched when first needed and kept for a while."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: datetime | None = None
        self._asked: datetime | None = None
        self._lock = asyncio.Lock()

    async def key(self, name: str) -> jwt.PyJWK | None:
        """The key of that name; None where there is none, or none can be had."""
        # Whoever comes while they are fetched waits for them, and does not ask again.
        async with self._lock:
            now = self._clock.now()
            known = name in self._keys and self._younger(self._fetched, FRESH, now)
            if not known and not self._younger(self._asked, PAUSE, now):
                self._asked = now
                await self._fetch(now)
        return self._keys.get(name) if self._younger(self._fetched, STALE, now) else None

    @staticmethod
    def _younger(then: datetime | None, span: timedelta, now: datetime) -> bool:
        return then is not None and now - then < span

    async def _fetch(self, now: datetime) -> None:
        import httpx
        import jwt

        try:
            async with httpx.AsyncClient(timeout=FETCH_S, follow_redirects=False, trust_env=False) as client:
                text = await _bounded(client, self._url)
            keys = jwt.PyJWKSet.from_json(text).keys
        except (httpx.HTTPError, jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError) as failed:
            log.warning("no keys from %s: %s", self._url, one_line(str(failed) or type(failed).__name__, 200))
            return
        self._keys = {key.key_id or "": key for key in keys}
        self._fetched = now


async def _bounded(client: Any, url: str) -> str:  # noqa: ANN401 - httpx is imported where it is first needed
    """A small text from an address, in bounded time."""

    async def fetched() -> bytes:
        async with client.stream("GET", url) as response:
            response.raise_for_status()
            found = b""
            async for part in response.aiter_bytes():
                found += part
                if len(found) > LARGEST_KEYS:
                    raise ValueError("it is too large")
        return found

    try:
        return (await asyncio.wait_for(fetched(), FETCH_S)).decode()
    except TimeoutError as late:
        raise ValueError(f"no answer within {FETCH_S:.0f} s") from late


class OAuthTokens:
    """Keeps ports.Callers with the tokens of one authorization server."""

    def __init__(self, settings: OAuthSettings, *, resource: str, clock: Clock) -> None:
        self._settings = settings
        self._audience = settings.audience or resource
        self._keys = PublishedKeys(settings.jwks_url, clock)

    async def whose(self, token: str) -> Caller | None:
        """Return the caller to whom a token belongs.

        The reason that a token does not count is logged, and never told to whoever sent it.
        """
        import jwt

        if len(token) > LARGEST_TOKEN:
            return None
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                return None
            key = await self._keys.key(str(header.get("kid", "")))
            return self._caller(self._claims(token, key)) if key else None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as wrong:
            # Not every version of the library tells a claim of the wrong type as an error of its own.
            log.warning("a token does not count: %s", one_line(str(wrong), 200))
            return None

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        import jwt

        claims = jwt.decode(
            token,
            key,
            # The key's own algorithm, not the one the token asks for.
            algorithms=[key.algorithm_name] if key.algorithm_name in ALGORITHMS else [],
            audience=self._audience,
            issuer=self._settings.issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        # The library takes whatever can be made an integer, a text of digits too.
        if wrong := [name for name in ("exp", "nbf", "iat") if name in claims and not _is_moment(claims[name])]:
            raise jwt.InvalidTokenError(f"a time is not a number of seconds ({', '.join(wrong)})")
        return claims

    def _caller(self, claims: Mapping[str, Any]) -> Caller | None:
        subject = claims["sub"]
        if not _is_name(subject):
            return None
        client = next((claims[name] for name in ("client_id", "azp") if _is_name(claims.get(name))), subject)
        granted = _scopes(claims)
        words = {Scope.READ: self._settings.read_scope, Scope.RESPOND: self._settings.respond_scope}
        return Caller(
            subject=subject,
            client=client,
            issuer=self._settings.issuer,
            scopes=frozenset(scope for scope, word in words.items() if word in granted),
            granted=granted,
            expires=int(claims["exp"] + LEEWAY_S),
        )


def _is_moment(value: object) -> bool:
    """Return True if the value is a number of seconds since 1970 that a clock can reach.

    RFC 7519 wants a time in that form.
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LAST_MOMENT


def _is_name(value: object) -> bool:
    """Return True if the value can stand in the log as it is.

    A name that would have to be cleaned could pass for another.
    """
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable() and value == value.strip()


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """`scope` as RFC 9068 has it, or `scp` as others do, in one text or a list."""
    found = claims.get("scope", claims.get("scp", ""))
    words = found.split() if isinstance(found, str) else found if isinstance(found, list) else []
    return tuple(word for word in words if isinstance(word, str))
