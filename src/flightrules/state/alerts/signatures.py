"""Proof that a delivery is from whom it says: bearer, basic, or the sender's own HMAC. Compared in constant time.

Knows: the headers of each sender. Must not know: where secrets are kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

AlertKind = Literal["alertmanager", "grafana", "sentry", "uptime-kuma", "pagerduty", "cloudevents", "json"]
AlertAuth = Literal["bearer", "basic", "signature"]

SIGNS: dict[str, str] = {
    "grafana": "x-grafana-alerting-signature",
    "sentry": "sentry-hook-signature",
    "pagerduty": "x-pagerduty-signature",
    "cloudevents": "x-flightrules-signature",
    "json": "x-flightrules-signature",
}
"""The header in which each kind of sender signs; kinds that are missing have no signature."""
STAMP = "x-flightrules-timestamp"
SKEW_S = 300
"""Seconds by which a signed time may differ from ours."""


def bearer_or_basic(auth: AlertAuth, user: str, secrets: Sequence[str], headers: Mapping[str, str]) -> bool:
    """Return True if the `Authorization` header holds one of the secrets. Every secret is compared."""
    given = headers.get("authorization", "").encode("latin-1", "replace")
    same = [hmac.compare_digest(given, _authorization(auth, user, secret)) for secret in secrets]
    return any(same)


def _authorization(auth: AlertAuth, user: str, secret: str) -> bytes:
    if auth == "basic":
        return b"Basic " + base64.b64encode(f"{user}:{secret}".encode())
    return f"Bearer {secret}".encode()


def signed(  # noqa: PLR0913 - what a signature rests on
    kind: AlertKind,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    timestamp_header: str = "",
) -> bool:
    """Return True if the body bears a signature made with one of the secrets. Every pair is compared."""
    header = SIGNS.get(kind)
    given = headers.get(header, "") if header else ""
    message = _message(kind, headers, body, now, timestamp_header)
    if not given or message is None:
        return False
    offered = [one.encode("latin-1", "replace") for one in _offered(kind, given)]
    wanted = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode() for secret in secrets]
    same = [hmac.compare_digest(one, other) for one in offered for other in wanted]
    return any(same)


def _offered(kind: AlertKind, given: str) -> list[str]:
    """The signatures in a header, of which one must hold: a sender whose secret is being changed sends several."""
    if kind in ("pagerduty", "cloudevents", "json"):
        parts = [part.strip() for part in given.split(",")][:10]
        return [part.removeprefix("v1=") for part in parts if part.startswith("v1=")]
    return [given.strip()]


def _message(
    kind: AlertKind, headers: Mapping[str, str], body: bytes, now: datetime, timestamp_header: str
) -> bytes | None:
    """The bytes that are signed; None where a signed time is missing, or too far from ours."""
    own = kind in ("cloudevents", "json")
    header = STAMP if own else timestamp_header.lower()
    if not header:
        return body
    stamp = headers.get(header, "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 20):  # noqa: PLR2004 - more digits than any time has
        return None
    if abs(int(stamp) - now.timestamp()) > SKEW_S:
        return None
    return stamp.encode() + (b"." if own else b":") + body
