"""Webhooks of Uptime Kuma: one heartbeat each.

Knows: this form. Must not know: targets, nor what is done with an alert.
Down is firing, up is resolved; pending and maintenance are neither, and tell nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flightrules.state.alerts.alert import Alert, AlertState
from flightrules.state.alerts.fields import labels, moment, not_understood, table, text

STATES: dict[str, AlertState] = {"0": "firing", "1": "resolved"}
KEPT = ("name", "type", "url", "hostname")
"""Fields of a monitor that become labels."""


def parse_uptime_kuma(document: object) -> tuple[Alert, ...]:
    """The alert of one heartbeat; none for a message without one, as the product's own test sends it."""
    body = table(document, "the body")
    if body.get("heartbeat") is None:
        if not text(body, "msg"):
            raise not_understood("it has neither `heartbeat` nor `msg`")
        return ()
    heartbeat = table(body["heartbeat"], "`heartbeat`")
    monitor = table(body.get("monitor"), "`monitor`")
    state = STATES.get(text(heartbeat, "status"))
    key = text(heartbeat, "monitorID") or text(monitor, "id")
    if state is None:
        return ()
    if not key:
        raise not_understood("the heartbeat names no monitor")
    at = moment(heartbeat, "time")
    named = {name: text(monitor, name) for name in KEPT}
    return (
        Alert(
            fingerprint=f"monitor:{key}",
            state=state,
            title=text(body, "msg") or text(heartbeat, "msg"),
            labels=labels({**dict(_tags(monitor)), **named, "monitor": key}),
            starts_at=at if state == "firing" else moment(heartbeat, "lastDownTime"),
            ends_at=at if state == "resolved" else None,
        ),
    )


def _tags(monitor: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tags of the monitor as labels; one without a value counts as set."""
    tags = monitor.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if name := text(tag, "name"):
            yield name, text(tag, "value") or "true"
