"""A test alert for each source, for `flightrules doctor`: proven, read and matched as a real one, and never recorded.

Knows: how a delivery is proven and sent. Must not know: the form of any source.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from flightrules.adapters.sending.posting import ask
from flightrules.cli.admitting import gates
from flightrules.config import Settings
from flightrules.config.alerts import AlertSource
from flightrules.errors import Refused, Unavailable
from flightrules.server.alerts import PREFIX, Gate
from flightrules.service.checkup.target import Row, failed
from flightrules.state.alerts.parsing import parse
from flightrules.state.alerts.signatures import SIGNS, STAMP
from flightrules.state.alerts.trial import trial
from flightrules.state.words import counted

TAKEN = 202


async def alert_rows(settings: Settings, now: datetime) -> list[Row]:
    """A row for each source; with `public_url`, the test alert also goes to the server there."""
    return [await _row(source, settings, now) for source in settings.alerts]


async def _row(source: AlertSource, settings: Settings, now: datetime) -> Row:
    part = f"alerts of {source.name}"
    try:
        (gate,) = gates([source])
        body = trial(source.type, now, source.mapping)
        headers = proof(gate, body, now)
        alerts = parse(source.type, body, mapping=source.mapping, headers=headers)
    except (Refused, Unavailable) as trouble:
        return failed(part, trouble)
    if not gate.knows(headers, body, now) or not all(alert.is_test for alert in alerts):
        return Row(
            part=part, state="FAIL", saw="a test alert was not recognised", mend="Give `mapping` all its places."
        )
    if not source.rules and not source.target_label:
        mend = "Set `target_label`, or [[alerts.rules]]."
        return Row(part=part, state="warn", saw="no label and no rule names a target", mend=mend)
    rules = f"{counted(len(source.rules), 'rule')} and the label {source.target_label or '(none)'}"
    row = Row(part=part, saw=f"a test alert of {source.type} was proven by {source.proof} and read; {rules}")
    if not settings.server.public_url:
        mend = "Set public_url in [server], and doctor sends one to the server itself."
        return row.model_copy(update={"saw": f"{row.saw}; not sent", "mend": mend})
    return await _sent(row, f"{_origin(settings.server.public_url)}{PREFIX}{source.name}", body, headers)


async def _sent(row: Row, url: str, body: bytes, headers: dict[str, str]) -> Row:
    answer = await ask("POST", url, {"content-type": "application/json", **headers}, content=body)
    if answer.status == TAKEN:
        return row.model_copy(update={"saw": f"{row.saw}; taken at {url}"})
    mend = (
        "Start `flightrules serve --http HOST:PORT`, and let the proxy in front of it pass /alerts/ and its headers on."
    )
    return row.model_copy(update={"state": "warn", "saw": f"{url}: {answer.why}", "mend": mend})


def proof(gate: Gate, body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which a source proves a body."""
    source, secret = gate.source, gate.secrets[0]
    if source.proof == "bearer":
        return {"authorization": f"Bearer {secret}"}
    if source.proof == "basic":
        return {"authorization": "Basic " + base64.b64encode(f"{source.user}:{secret}".encode()).decode()}
    stamp = str(int(now.timestamp()))
    own = source.type in ("json", "cloudevents")
    timed = STAMP if own else source.timestamp_header.lower()
    message = stamp.encode() + (b"." if own else b":") + body if timed else body
    signature = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    versioned = own or source.type == "pagerduty"
    headers = {SIGNS[source.type]: f"v1={signature}" if versioned else signature}
    return {**headers, timed: stamp} if timed else headers


def _origin(url: str) -> str:
    parts: Sequence[str] = urlsplit(url)[:2]
    return f"{parts[0]}://{parts[1]}"
